#include "wire/stream_facts.hpp"

#include "wire/answer.hpp"
#include "wire/answer_fields.hpp"

namespace headway::wire {
namespace {

/// Of an event, or of the "response" in it.
struct FactFields {
  std::optional<Usage> usage;
  std::string service_tier;

  void read(std::string_view name, simdjson::ondemand::value value) {
    if (name == "usage") usage = usage_of(value);
    if (name == "service_tier") service_tier = text_of(value);
    if (name != "response" || value.type() != simdjson::ondemand::json_type::object) return;
    for (auto field : value.get_object()) {
      const std::string_view inner = field.unescaped_key();
      if (inner != "response") read(inner, field.value());
    }
  }
};

}  // namespace

void StreamFacts::feed(std::string_view bytes) {
  if (given_up_) return;
  try {
    while (const auto event = parser_.next(bytes)) read(event->data);
  } catch (const Error&) {
    given_up_ = true;  // a line that has no end
  }
}

void StreamFacts::read(std::string_view data) {
  if (data.find("\"usage\"") == std::string_view::npos) return;
  std::string text(data);
  FactFields fields;
  try {
    read_fields(text, [&](std::string_view name, simdjson::ondemand::value value) { fields.read(name, value); });
  } catch (const Error&) {
    return;
  }
  if (!fields.usage) return;
  usage_ = fields.usage;
  service_tier_ = fields.service_tier;
}

}  // namespace headway::wire
