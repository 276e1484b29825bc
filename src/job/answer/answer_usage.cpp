#include "job/answer/answer_usage.hpp"

#include <cmath>
#include <cstdint>

#include "base/price.hpp"

namespace headway::job {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// Some servers count in floats.
std::int64_t count_of(element value) {
  constexpr double too_many = 0x1p62;
  std::int64_t count = 0;
  double inexact = 0;
  if (!value.get(count)) return count;
  return !value.get(inexact) && std::abs(inexact) < too_many ? std::llround(inexact) : 0;
}

std::int64_t count_in(element details, std::string_view name) {
  element found;
  return details.is_object() && !details[name].get(found) ? count_of(found) : 0;
}

}  // namespace

Usage read_usage(element value) {
  Usage usage;
  object fields;
  if (value.get(fields)) return usage;
  for (const auto [name, field] : fields) {
    if (name == "prompt_tokens" || name == "input_tokens") usage.prompt_tokens = count_of(field);
    if (name == "completion_tokens" || name == "output_tokens") usage.completion_tokens = count_of(field);
    if (name == "prompt_tokens_details" || name == "input_tokens_details") {
      usage.cached_tokens = count_in(field, "cached_tokens");
    }
    if (name == "completion_tokens_details" || name == "output_tokens_details") {
      usage.reasoning_tokens = count_in(field, "reasoning_tokens");
    }
  }
  return sensible(usage);
}

}  // namespace headway::job
