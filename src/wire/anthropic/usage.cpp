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

}  // namespace headway::wire::anthropic
