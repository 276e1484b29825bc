#include "wire/anthropic/usage.hpp"

#include "wire/json_fields.hpp"
#include "wire/lenient_json.hpp"
#include "wire/usage.hpp"

namespace headway::wire::anthropic {

// By the reader that all usages have: there is one opinion of what is charged.
std::optional<Usage> usage_in(simdjson::dom::object holder) {
  simdjson::dom::element told;
  if (holder["usage"].get(told)) return std::nullopt;
  std::optional<Usage> usage;
  std::string json = R"({"usage":)" + json_of(told) + '}';
  read_fields(json, [&](std::string_view, simdjson::ondemand::value v) {
    if (const auto charge = charge_of(v)) usage = charge->usage;
  });
  return usage;
}

std::string tier_in(simdjson::dom::object holder) {
  const auto usage = object_at(holder, "usage");
  return usage ? std::string(text_at(*usage, "service_tier")) : std::string();
}

void add_usage(JsonBuilder& out, const Usage& usage, std::string_view tier) {
  out.key("usage").open('{').key("prompt_tokens").number(usage.prompt_tokens);
  out.key("completion_tokens").number(usage.completion_tokens).key("total_tokens").number(usage.total_tokens);
  out.key("prompt_tokens_details").open('{').key("cached_tokens").number(usage.cached_tokens);
  out.key("cache_write_tokens").number(usage.cache_write_tokens);
  out.key("ephemeral_1h_input_tokens").number(usage.cache_write_1h_tokens).close('}').close('}');
  if (!tier.empty()) out.key("service_tier").text(tier);
}

}  // namespace headway::wire::anthropic
