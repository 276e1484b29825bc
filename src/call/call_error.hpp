#pragma once

#include <chrono>
#include <optional>

#include <headway/error.hpp>

#include "call/request.hpp"
#include "net/message.hpp"
#include "wire/quirks.hpp"

namespace headway::call {

struct Refusal {
  Refusal() {}

  ErrorInfo info;
  std::optional<std::chrono::milliseconds> wait;  ///< that its body asks for
  wire::Quirks quirks;                            ///< of the model, that it tells of
};

/// Everything that is known of an answer that is no success (any status but 2xx).
Refusal refusal_of(const net::Reply& reply, const CallRequest& request);
/// Everything that is known of an exchange without an answer.
ErrorInfo error_of(const net::Failure& failure);
/// Adds where it went, and takes the key and the prompt out of what others said.
ErrorInfo completed(ErrorInfo info, const CallRequest& request);

}  // namespace headway::call
