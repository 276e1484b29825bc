#include "wire/raw.hpp"

#include <limits>
#include <string_view>

#include "wire/answer.hpp"
#include "wire/answer_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

std::optional<std::int64_t> positive(value v) {
  std::int64_t count = 0;
  if (v.type() != json_type::number || v.get_int64().get(count) != simdjson::SUCCESS || count <= 0) return std::nullopt;
  return count;
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
  try {
    read_fields(body, [&](std::string_view name, value v) {
      if (name == "model") facts.model = text_of(v);
      if (name == "n") answers = positive(v).value_or(1);
      if (is_token_limit(name)) facts.max_tokens = positive(v);
    });
  } catch (const Error&) {
    return facts;  // the server says what it thinks of it
  }
  if (facts.max_tokens) facts.max_tokens = product(*facts.max_tokens, answers);
  return facts;
}

Outcome<AnswerFacts> answer_facts(std::string& body) try {
  AnswerFacts facts;
  read_fields(body, [&](std::string_view name, value v) {
    if (name == "usage") facts.usage = usage_of(v).value_or(Usage());
    if (name == "service_tier") facts.service_tier = text_of(v);
  });
  return facts;
} catch (const Error& error) {
  return error;
}

}  // namespace headway::wire
