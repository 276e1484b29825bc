#include "wire/raw.hpp"

#include <limits>
#include <string_view>

#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::value;

std::optional<std::int64_t> positive(value v) {
  const auto count = integer_of(v);
  return count && *count > 0 ? count : std::nullopt;
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

// The names of a limit: completions, chat and responses each have their own.
bool is_token_limit(std::string_view name) {
  return name == "max_tokens" || name == "max_completion_tokens" || name == "max_output_tokens";
}

}  // namespace

RequestFacts request_facts(std::string& body) {
  RequestFacts facts;
  std::int64_t answers = 1;
  const auto fault = read_fields(body, [&](std::string_view name, value v) {
    if (name == "model") facts.model = text_of(v);
    if (name == "n") answers = positive(v).value_or(1);
    if (is_token_limit(name)) facts.max_tokens = positive(v);
  });
  if (fault) return {};  // the server says what it thinks of it
  if (facts.max_tokens) facts.max_tokens = product(*facts.max_tokens, answers);
  return facts;
}

}  // namespace headway::wire
