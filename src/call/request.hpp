#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <headway/options.hpp>

#include "call/route.hpp"
#include "net/message.hpp"
#include "pace/demand.hpp"
#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/quirks.hpp"

namespace headway::call {

/// What a call sends, and how long it may take.
struct CallRequest {
  CallRequest() {}

  const Endpoint& endpoint() const { return *(*routes)[route].endpoint; }
  const std::string& model_there() const { return (*routes)[route].name_of(model); }
  /// Of a chat, where its route's provider has words of its own; else null.
  const wire::Dialect* dialect() const { return form == wire::Form::chat ? endpoint().dialect() : nullptr; }

  /// Makes it that of a route. `first`: it took none before. Throws Error (`configuration`).
  void take(std::size_t index, bool first);
  /// Makes it one that this model takes. False: there is nothing in it to be changed.
  bool suit(const wire::Quirks& quirks);

  std::shared_ptr<const Routes> routes;
  std::size_t route = 0;  ///< the one that it takes
  net::Request http;
  pace::Demand demand;
  std::string model;  ///< for the message about a model that is not served; may be empty
  Timeouts timeouts;
  std::optional<std::chrono::milliseconds> deadline;
  std::optional<std::chrono::milliseconds> max_wait;
  int max_retries = 0;
  wire::Form form = wire::Form::other;      ///< of the answer
  std::int64_t answers = 1;                 ///< choices that it must have
  std::shared_ptr<const std::string> chat;  ///< what is asked in OpenAI's words, where http has it in others; else null
  bool default_temperature = false;         ///< nobody set the temperature in the body
  bool has_own_headers = false;
  bool has_own_path = false;  ///< of the caller's own: what fails there says nothing of other calls
  bool single_flight = false;
  std::string tag;      ///< as RequestOptions::tag
  wire::Quirks suited;  ///< to which it was made to suit
};

/// Joins one request's options with the client's: what `options` sets wins. The model's name is the caller's to add.
/// Throws Error (`configuration`).
CallRequest make_request(const ClientOptions& client, std::shared_ptr<const Routes> routes, std::string body,
                         const RequestOptions& options);

}  // namespace headway::call
