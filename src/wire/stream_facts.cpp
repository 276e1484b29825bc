#include "wire/stream_facts.hpp"

#include <headway/error.hpp>

#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

/// Of an event, or of the "response" in it.
struct FactFields {
  std::optional<Charge> charge;
  std::string service_tier;

  void read(std::string_view name, simdjson::ondemand::value value) {
    if (name == "usage") charge = charge_of(value);
    if (name == "service_tier") service_tier = text_of(value);
    if (name != "response") return;
    each_field(value, [this](std::string_view inner, simdjson::ondemand::value v) {
      if (inner != "response") read(inner, v);
    });
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
  const auto fault =
      read_fields(text, [&](std::string_view name, simdjson::ondemand::value value) { fields.read(name, value); });
  if (fault || !fields.charge) return;
  charge_ = fields.charge;
  service_tier_ = fields.service_tier;
}

}  // namespace headway::wire
