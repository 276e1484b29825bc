#include "wire/usage.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

std::optional<double> number_of(value v) {
  double number = 0;
  if (type_of(v) != json_type::number || v.get_double().get(number)) return std::nullopt;
  return number;
}

// Some servers count in floats; what is no count is none.
std::int64_t count_of(value v) {
  constexpr double too_many = 0x1p63;
  const double count = number_of(v).value_or(0);
  return count > 0 && count < too_many ? std::llround(count) : 0;
}

/// The counts as they stand there, each under any of its names.
struct Counts {
  std::optional<std::int64_t> prompt, input, completion;
  std::int64_t total = 0, reasoning = 0;
  std::int64_t cached = 0;       // OpenAI, DeepSeek, Moonshot: a part of the prompt
  std::int64_t cache_read = 0;   // Anthropic: besides `input_tokens`
  std::int64_t cache_write = 0;  // for five minutes
  std::int64_t written_5m = 0, written_1h = 0;
  bool is_anthropics = false;

  void read(std::string_view name, value v) {
    if (name == "prompt_tokens") prompt = count_of(v);
    if (name == "input_tokens") input = count_of(v);
    if (name == "completion_tokens" || name == "output_tokens") completion = count_of(v);
    if (name == "total_tokens") total = count_of(v);
    if (name == "prompt_cache_hit_tokens") cached = std::max(cached, count_of(v));
    if (name == "cached_tokens") cached = std::max(cached, count_of(v));
    if (name == "reasoning_tokens") reasoning = std::max(reasoning, count_of(v));
    if (name == "cache_read_input_tokens") cache_read = count_of(v), is_anthropics = true;
    if (name == "cache_creation_input_tokens") cache_write = count_of(v), is_anthropics = true;
    if (name == "cache_write_tokens" || name == "cache_creation_tokens")
      cache_write = std::max(cache_write, count_of(v));
    if (name == "ephemeral_5m_input_tokens") written_5m = count_of(v);
    if (name == "ephemeral_1h_input_tokens") written_1h = count_of(v);
  }

  static bool has_parts(std::string_view name) {
    return name == "prompt_tokens_details" || name == "input_tokens_details" || name == "completion_tokens_details" ||
           name == "output_tokens_details" || name == "cache_creation";
  }

  Usage charged() const {
    Usage usage;
    usage.cache_write_1h_tokens = written_1h;
    usage.cache_write_tokens = std::max(cache_write, written_5m + written_1h);
    usage.cached_tokens = std::max(cached, cache_read);
    usage.prompt_tokens = prompt ? *prompt : input ? *input : std::max<std::int64_t>(0, total - completion.value_or(0));
    // Anthropic's own `input_tokens` leave out what was cached; a gateway's `prompt_tokens` have it.
    if (is_anthropics && !prompt) usage.prompt_tokens += cache_read + usage.cache_write_tokens;
    const auto said = completion.value_or(0);
    const auto with_reasoning = reasoning > said ? said + reasoning : said;
    usage.completion_tokens = std::max({said, with_reasoning, total - usage.prompt_tokens});
    usage.reasoning_tokens = reasoning;
    usage.total_tokens = std::max(total, usage.prompt_tokens + usage.completion_tokens);
    return usage;
  }
};

std::optional<Money> sum_of(value v) {
  std::optional<double> dollars;
  if (type_of(v) == json_type::number) {
    dollars = number_of(v);
  } else {
    each_field(v, [&](std::string_view name, value part) {
      if (name == "total_cost") dollars = number_of(part);
    });
  }
  return dollars && *dollars >= 0 ? std::optional(Money::of_dollars(*dollars)) : std::nullopt;
}

}  // namespace

std::optional<Charge> charge_of(value v) {
  if (type_of(v) != json_type::object) return std::nullopt;
  Counts counts;
  Charge charge;
  each_field(v, [&](std::string_view name, value field) {
    if (name == "cost") {
      charge.cost = sum_of(field);
    } else if (Counts::has_parts(name)) {
      each_field(field, [&](std::string_view part, value count) { counts.read(part, count); });
    } else {
      counts.read(name, field);
    }
  });
  charge.usage = counts.charged();
  return charge;
}

}  // namespace headway::wire
