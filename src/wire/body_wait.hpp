#pragma once

#include <chrono>
#include <optional>
#include <string_view>

// What the body of a refusal says of when to come again.
namespace headway::wire {

/// Of a field's value: "3.2s", "37", "1m5s". None: nothing, 0, or nonsense. Two minutes at the most.
std::optional<std::chrono::milliseconds> wait_in_field(std::string_view text);

/// Of a sentence: "Please try again in 1m5.2s", "retry after 20 seconds", "wait 30 s". As above.
std::optional<std::chrono::milliseconds> wait_in_words(std::string_view text);

/// Gemini: what is asked for is not on this plan at all, whatever it says of trying again.
bool says_limit_of_zero(std::string_view text) noexcept;

}  // namespace headway::wire
