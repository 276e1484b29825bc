#include "job/input/asked_schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

namespace headway::job {
namespace {

bool is_text(const boost::json::value& value, std::string_view text) {
  return value.is_string() && std::string_view(value.get_string()) == text;
}

bool has_type(const boost::json::object& schema, std::string_view name) {
  const auto* type = schema.if_contains("type");
  if (!type) return false;
  if (is_text(*type, name)) return true;
  return type->is_array() &&
         std::ranges::any_of(type->get_array(), [&](const auto& each) { return is_text(each, name); });
}

bool allows_strict(const boost::json::value& schema);

bool all_allow_strict(const boost::json::value& schemas) {
  if (schemas.is_array()) return std::ranges::all_of(schemas.get_array(), allows_strict);
  return schemas.is_object() &&
         std::ranges::all_of(schemas.get_object(), [](const auto& member) { return allows_strict(member.value()); });
}

/// Each of its properties must be there, and no other.
bool is_closed(const boost::json::object& schema) {
  const auto* properties = schema.if_contains("properties");
  if (!properties && !has_type(schema, "object")) return true;
  const auto* others = schema.if_contains("additionalProperties");
  const auto* required = schema.if_contains("required");
  if (!others || !others->is_bool() || others->get_bool()) return false;
  if (!properties || !properties->is_object()) return !properties;
  if (!required || !required->is_array()) return properties->get_object().empty();
  const auto& names = required->get_array();
  return std::ranges::all_of(properties->get_object(), [&](const auto& property) {
    const std::string_view key(property.key().data(), property.key().size());
    return std::ranges::any_of(names, [&](const auto& name) { return is_text(name, key); });
  });
}

// What OpenAI's guide to structured outputs lists; what else a schema says may be refused.
bool allows_strict(const boost::json::value& value) {
  constexpr std::array<std::string_view, 17> plain = {"type",
                                                      "required",
                                                      "additionalProperties",
                                                      "title",
                                                      "description",
                                                      "enum",
                                                      "const",
                                                      "$ref",
                                                      "minimum",
                                                      "maximum",
                                                      "multipleOf",
                                                      "pattern",
                                                      "format",
                                                      "minItems",
                                                      "maxItems",
                                                      "exclusiveMinimum",
                                                      "exclusiveMaximum"};
  const auto* schema = value.if_object();
  if (!schema || !is_closed(*schema)) return false;
  return std::ranges::all_of(*schema, [&](const auto& member) {
    const std::string_view name(member.key().data(), member.key().size());
    if (name == "items") return allows_strict(member.value());
    if (name == "properties" || name == "$defs" || name == "definitions" || name == "anyOf") {
      return all_allow_strict(member.value());
    }
    return std::ranges::find(plain, name) != plain.end();
  });
}

std::string name_of(const boost::json::object& schema) {
  constexpr std::size_t longest = 64;
  const auto* title = schema.if_contains("title");
  std::string name(title && title->is_string() ? std::string_view(title->get_string()) : std::string_view());
  const auto is_kept = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  std::ranges::replace_if(
      name, [&](char c) { return !is_kept(c); }, '_');
  name.resize(std::min(name.size(), longest));
  return std::ranges::any_of(name, [](char c) { return c != '_'; }) ? name : "answer";
}

}  // namespace

AskedSchema::AskedSchema(std::string_view json) {
  boost::system::error_code fault;
  auto value = boost::json::parse(json, fault);
  auto* schema = value.if_object();
  if (fault || !schema) throw Error(ErrorKind::configuration, "the schema of --schema is no JSON object");
  const bool names_its_draft = schema->erase("$schema") > 0;  // which is for who checks, and which some refuse
  name_ = name_of(*schema);
  strict_ = has_type(*schema, "object") && allows_strict(value);
  schema_ = names_its_draft ? boost::json::serialize(value) : std::string(json);
}

std::string_view AskedSchema::field_of(Endpoint endpoint) {
  if (endpoint == Endpoint::chat) return "response_format";
  return endpoint == Endpoint::responses ? "text" : std::string_view();
}

std::string AskedSchema::json_for(Endpoint endpoint) const {
  const auto fields = fmt::format(R"("name":"{}","strict":{},"schema":{})", name_, strict_, schema_);
  return endpoint == Endpoint::responses ? fmt::format(R"({{"format":{{"type":"json_schema",{}}}}})", fields)
                                         : fmt::format(R"({{"type":"json_schema","json_schema":{{{}}}}})", fields);
}

}  // namespace headway::job
