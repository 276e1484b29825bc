#include "job/answer/schema_check.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/answer/valijson.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

// By what stands under them: one schema, a list, a map of schemas.
constexpr std::array<std::string_view, 5> in_steps = {"additionalItems", "additionalProperties", "contains", "items",
                                                      "propertyNames"};
constexpr std::array<std::string_view, 4> in_place = {"not", "if", "then", "else"};
constexpr std::array<std::string_view, 3> lists_in_place = {"allOf", "anyOf", "oneOf"};
constexpr std::array<std::string_view, 4> maps_in_steps = {"properties", "patternProperties", "definitions", "$defs"};
constexpr std::string_view map_in_place = "dependencies";

constexpr std::array<std::string_view, 9> of_later_drafts = {
    "prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
    "minContains", "maxContains",       "$dynamicRef",      "$recursiveRef"};
constexpr std::array<std::string_view, 13> without_effect = {
    "$ref",    "title",    "description", "default",    "examples", "$comment",   "$id",
    "$schema", "readOnly", "writeOnly",   "deprecated", "$defs",    "definitions"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool holds_schemas(std::string_view name) {
  return is_in(in_steps, name) || is_in(in_place, name) || is_in(lists_in_place, name) || is_in(maps_in_steps, name) ||
         name == map_in_place;
}

std::string pointer_to(std::string_view parent, std::string_view name) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : name) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

class Walk {
 public:
  Walk(const json::value& root, std::string_view source) : root_(root), source_(source) {}

  SchemaNames run() {
    check(root_, "");
    return std::move(names_);
  }

 private:
  enum class Mark { none, under_way, done };

  [[noreturn]] void fail(std::string_view pointer, std::string_view why) const {
    throw Error(ErrorKind::configuration, fmt::format("the schema {} cannot be used: at {}: {}", source_,
                                                      pointer.empty() ? "its top" : pointer, why));
  }

  void check(const json::value& schema, const std::string& at) {
    if (schema.is_bool()) return;
    if (!schema.is_object()) fail(at, "a schema is an object, true or false");
    const auto& fields = schema.get_object();
    if (fields.contains("$ref")) return check_reference(schema, at);
    check_own_rules(fields, at);
    follow(schema, at);
    for (const auto& [name, value] : fields) check_inside(name, value, pointer_to(at, name));
  }

  void check_reference(const json::value& schema, const std::string& at) {
    const auto& fields = schema.get_object();
    for (const auto& [name, value] : fields) {
      if (!is_in(without_effect, name)) {
        fail(at, fmt::format("\"{}\" has no effect beside \"$ref\"; put both into \"allOf\"", std::string_view(name)));
      }
    }
    follow(schema, at);
    for (const auto name : {"definitions", "$defs"}) {
      if (const auto* map = fields.if_contains(name)) check_inside(name, *map, pointer_to(at, name));
    }
  }

  void check_inside(std::string_view name, const json::value& value, const std::string& at) {
    if (is_in(lists_in_place, name) || (name == "items" && value.is_array())) {
      check_list(value, at);
    } else if (is_in(maps_in_steps, name) || name == map_in_place) {
      check_map(name, value, at);
    } else if (is_in(in_steps, name) || is_in(in_place, name)) {
      check(value, at);
    }
  }

  void check_list(const json::value& list, const std::string& at) {
    if (!list.is_array() || list.get_array().empty()) fail(at, "a list of schemas is wanted");
    std::size_t index = 0;
    for (const auto& schema : list.get_array()) check(schema, pointer_to(at, std::to_string(index++)));
  }

  void check_map(std::string_view name, const json::value& map, const std::string& at) {
    if (!map.is_object()) fail(at, "an object is wanted");
    for (const auto& [key, schema] : map.get_object()) {
      const auto here = pointer_to(at, key);
      if (name == "properties") names_.properties.emplace(key);
      if (name == "patternProperties") check_pattern(key, here);
      if (name != map_in_place || !schema.is_array()) check(schema, here);
    }
  }

  void check_pattern(std::string_view pattern, const std::string& at) {
    names_.has_patterns = true;
    try {
      const std::regex compiled{std::string(pattern)};
    } catch (const std::regex_error& error) {
      fail(at, fmt::format("the pattern is none that can be read ({})", error.what()));
    }
  }

  // The rules that stand here, without the schemas inside, which are looked at in their own places.
  void check_own_rules(const json::object& fields, const std::string& at) {
    json::object own;
    for (const auto& [name, value] : fields) {
      if (is_in(of_later_drafts, name)) {
        fail(pointer_to(at, name), "this rule is of a later draft than 7 and would not be checked");
      }
      if (name == "pattern" && value.is_string()) check_pattern(value.get_string(), pointer_to(at, name));
      if (name == "format") names_.has_patterns = true;
      if (!holds_schemas(name) && name != "$id" && name != "id") own[name] = value;
    }
    const json::value alone(std::move(own));
    try {
      valijson::Schema compiled;
      valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
      parser.populateSchema(valijson::adapters::BoostJsonAdapter(alone), compiled);
    } catch (const std::exception& error) {
      fail(at, error.what());
    }
  }

  const json::value& target_of(const json::value& reference, const std::string& at) const {
    if (!reference.is_string()) fail(at, "\"$ref\" is no string");
    const std::string_view text = reference.get_string();
    if (!text.starts_with('#')) fail(at, "only references inside the schema (\"#/...\") are followed");
    const auto pointer = text.substr(1);
    json::error_code code;
    const auto* target = pointer.empty() || pointer.starts_with('/') ? root_.find_pointer(pointer, code) : nullptr;
    if (target == nullptr) fail(at, "the reference leads to nothing");
    return *target;
  }

  // Whether checking one value would lead back to this schema for the same value.
  void follow(const json::value& schema, const std::string& at) {
    if (!schema.is_object()) return;
    auto& mark = marks_[&schema];
    if (mark == Mark::done) return;
    if (mark == Mark::under_way) fail(at, "it refers to itself without end");
    mark = Mark::under_way;
    for_each_in_place(schema.get_object(), at, [&](const json::value& next) { follow(next, at); });
    marks_[&schema] = Mark::done;
  }

  void for_each_in_place(const json::object& fields, const std::string& at,
                         const std::function<void(const json::value&)>& visit) const {
    if (const auto* reference = fields.if_contains("$ref")) return visit(target_of(*reference, at));
    for (const auto name : in_place) {
      if (const auto* schema = fields.if_contains(name)) visit(*schema);
    }
    for (const auto name : lists_in_place) {
      const auto* list = fields.if_contains(name);
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& schema : list->get_array()) visit(schema);
    }
    if (const auto* map = fields.if_contains(map_in_place); map != nullptr && map->is_object()) {
      for (const auto& entry : map->get_object()) visit(entry.value());
    }
  }

  const json::value& root_;
  std::string_view source_;
  SchemaNames names_;
  std::map<const json::value*, Mark> marks_;
};

}  // namespace

SchemaNames check_schema(const boost::json::value& schema, std::string_view source) {
  return Walk(schema, source).run();
}

void bound_patterns(json::value& schema) {
  if (!schema.is_object()) return;
  auto& fields = schema.get_object();
  for (auto& entry : fields) {
    const std::string_view name = entry.key();
    auto& value = entry.value();
    if (!holds_schemas(name)) continue;
    if (value.is_array()) {
      for (auto& inner : value.get_array()) bound_patterns(inner);
    } else if (is_in(maps_in_steps, name) || name == map_in_place) {
      for (auto& inner : value.as_object()) bound_patterns(inner.value());
    } else {
      bound_patterns(value);
    }
  }
  if (fields.contains("pattern") || fields.contains("format")) {
    auto& rules = fields.emplace("allOf", json::array()).first->value().as_array();
    rules.push_back(json::object{{"maxLength", longest_for_patterns}});
  }
}

}  // namespace headway::job
