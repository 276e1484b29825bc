#include "job/input/body_fields.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/asked_schema.hpp"
#include "job/input/json_reading.hpp"
#include "job/json_text.hpp"
#include "wire/ascii.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::configuration, why);
}

void check_value(const BodyField& field) {
  if (const auto fault = json_fault(field.json); !fault.empty()) {
    refuse(fmt::format("--set {0}: its value is not JSON ({1}); a text needs quotation marks: '{0}=\"...\"'",
                       field.name, fault));
  }
  if (field.name == "messages" || field.name == "input") {
    refuse(fmt::format("--set {}: every row would ask the same; it is the rows that say it", field.name));
  }
  if (field.name == "stream" && field.json != "false") {
    refuse("--set stream: a run writes whole answers, it asks for no stream");
  }
  if (field.name == "model" && (!field.json.starts_with('"') || field.json == "\"\"")) {
    refuse("--set model: it must be a text that is not empty");
  }
}

// A schema from a file has many blanks, and goes out with every row.
std::string minified(const std::string& json) {
  std::string compact(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), compact.data(), size)) return json;
  compact.resize(size);
  return compact;
}

BodyField field_of(std::string_view key_and_value) {
  const auto equals = key_and_value.find('=');
  const auto name = wire::without_blanks(key_and_value.substr(0, equals));
  if (equals == std::string_view::npos || name.empty()) refuse("--set must be KEY=JSON, e.g. 'service_tier=\"flex\"'");
  BodyField field{std::string(name), std::string(wire::without_blanks(key_and_value.substr(equals + 1)))};
  if (wire::invalid_utf8_at(key_and_value)) refuse(fmt::format("--set {}: not valid UTF-8", name));
  check_value(field);
  field.json = minified(field.json);
  return field;
}

std::vector<BodyField> fields_of(const std::vector<std::string>& set) {
  std::vector<BodyField> fields;
  for (const auto& one : set) {
    auto field = field_of(one);
    std::erase_if(fields, [&](const BodyField& earlier) { return earlier.name == field.name; });
    fields.push_back(std::move(field));
  }
  return fields;
}

std::string_view name_of_limit(Endpoint endpoint) {
  return endpoint == Endpoint::responses ? "max_output_tokens" : "max_tokens";
}

std::vector<BodyField> joined(const InputSettings& settings, const std::vector<BodyField>& set, Endpoint endpoint,
                              std::string_view limit) {
  std::vector<BodyField> fields;
  const auto add = [&](std::string_view name, std::string json) {
    if (!has_field(set, name)) fields.emplace_back(std::string(name), std::move(json));
  };
  const bool writes_text = endpoint != Endpoint::embeddings;
  if (!settings.model.empty()) {
    std::string model;
    append_json_string(model, settings.model);
    add("model", std::move(model));
  }
  if (settings.temperature && writes_text) add("temperature", json_number(*settings.temperature));
  if (settings.max_tokens && writes_text) add(limit, std::to_string(*settings.max_tokens));
  fields.insert(fields.end(), set.begin(), set.end());
  return fields;
}

void add_schema(std::vector<BodyField>& fields, const AskedSchema& schema, Endpoint endpoint) {
  const auto name = AskedSchema::field_of(endpoint);
  if (name.empty()) return;
  if (has_field(fields, name))
    refuse(fmt::format("--schema and --set {} both say what form answers have: give one", name));
  fields.emplace_back(std::string(name), schema.json_for(endpoint));
}

void check(const InputSettings& settings) {
  if (wire::invalid_utf8_at(settings.model)) refuse("the model's name is not valid UTF-8");
  if (settings.temperature && !std::isfinite(*settings.temperature)) refuse("temperature is not a finite number");
  if (settings.max_tokens && *settings.max_tokens < 1) refuse("max_tokens must be at least 1");
}

}  // namespace

BodyFields::BodyFields(const InputSettings& settings) {
  check(settings);
  const auto set = fields_of(settings.set);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto endpoint = static_cast<Endpoint>(i);
    fields_[i] = joined(settings, set, endpoint, name_of_limit(endpoint));
  }
  newer_chat_ = joined(settings, set, Endpoint::chat, "max_completion_tokens");
  if (settings.schema.empty()) return;
  const AskedSchema schema(minified(settings.schema));
  for (std::size_t i = 0; i < fields_.size(); ++i) add_schema(fields_[i], schema, static_cast<Endpoint>(i));
  add_schema(newer_chat_, schema, Endpoint::chat);
}

bool has_field(const std::vector<BodyField>& fields, std::string_view name) noexcept {
  return std::ranges::find(fields, name, &BodyField::name) != fields.end();
}

std::string with_fields(simdjson::ondemand::parser& parser, std::string_view body,
                        const std::vector<BodyField>& fields) {
  if (fields.empty()) return std::string(body);
  constexpr std::size_t room_for_fields = 128;
  std::string out;
  out.reserve(body.size() + room_for_fields);
  const auto separate = [&] { out += out.empty() ? '{' : ','; };
  each_field(parser, body, [&](std::string_view name, const char* begin, simdjson::ondemand::value value) {
    if (has_field(fields, name)) return;
    separate();
    const std::string_view json = simdjson::to_json_string(value);
    out.append(begin, json.data() + json.size());
  });
  for (const auto& field : fields) {
    separate();
    append_json_string(out, field.name);
    out += ':';
    out += field.json;
  }
  return out + '}';
}

}  // namespace headway::job
