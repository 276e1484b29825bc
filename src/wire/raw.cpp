#include "wire/raw.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

std::optional<std::int64_t> positive(value v) {
  const auto count = integer_of(v);
  return count && *count > 0 ? count : std::nullopt;
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

// Tokens are numbers: a list of them is one prompt.
std::int64_t prompts_in(value v) {
  std::int64_t prompts = 0;
  if (type_of(v) != json_type::array) return 1;
  each_item(v, [&](value item) {
    const auto type = type_of(item);
    if (type == json_type::string || type == json_type::array) ++prompts;
  });
  return std::max<std::int64_t>(prompts, 1);
}

// The names of a limit: completions, chat and responses each have their own.
bool is_token_limit(std::string_view name) {
  return name == "max_tokens" || name == "max_completion_tokens" || name == "max_output_tokens";
}

}  // namespace

RequestFacts request_facts(std::string& body) {
  RequestFacts facts;
  std::int64_t answers = 1, prompts = 1;
  const auto fault = read_fields(body, [&](std::string_view name, value v) {
    if (name == "model") facts.model = text_of(v);
    if (name == "n") answers = positive(v).value_or(1);
    if (name == "prompt") prompts = prompts_in(v);
    if (is_token_limit(name)) facts.max_tokens = positive(v);
  });
  if (fault) return {};  // the server says what it thinks of it
  if (facts.max_tokens) facts.max_tokens = product(*facts.max_tokens, answers);
  facts.answers = product(answers, prompts);
  return facts;
}

}  // namespace headway::wire
