#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/provider_error.hpp"

// What newer models (GPT-5, the o series) refuse of a chat that others want. A refusal of that kind is not billed, so it
// can be learned from.
namespace headway::wire {

struct Quirks {
  bool max_completion_tokens = false;  ///< that is what it calls `max_tokens`
  bool no_temperature = false;         ///< only its own

  bool any() const { return max_completion_tokens || no_temperature; }
  bool operator==(const Quirks&) const = default;
};

/// What a refusal tells of the model; none: nothing.
Quirks quirks_in(int status, const ProviderError& error);

/// The request's body with a top-level field called otherwise; none: it has no such field, or has the other already.
std::optional<std::string> renamed_field(std::string body, std::string_view from, std::string_view to);

/// The request's body without a top-level field; none: it has no such field.
std::optional<std::string> without_field(std::string body, std::string_view name);

}  // namespace headway::wire
