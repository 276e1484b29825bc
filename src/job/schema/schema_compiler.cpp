#include "job/schema/schema_compiler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/schema/json_equality.hpp"
#include "job/schema/schema_uri.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 11> schema_rules = {
    "additionalItems",  "additionalProperties", "contains", "items", "propertyNames", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties"};
constexpr std::array<std::string_view, 4> list_rules = {"allOf", "anyOf", "oneOf", "prefixItems"};
constexpr std::array<std::string_view, 6> map_rules = {"properties", "patternProperties", "definitions",
                                                       "$defs",      "dependentSchemas",  "dependencies"};
constexpr std::array<std::string_view, 9> of_later_drafts = {
    "prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
    "minContains", "maxContains",       "$dynamicRef",      "$recursiveRef"};
constexpr std::array<std::string_view, 4> of_no_draft_here = {"$recursiveRef", "extends", "disallow", "divisibleBy"};

template <std::size_t N>
bool stands_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string pointer_into(std::string_view parent, std::string_view name) {
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

std::optional<std::uint8_t> type_bit(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> bits{{{"null", null_type},
                                                                           {"boolean", boolean_type},
                                                                           {"integer", integer_type},
                                                                           {"number", number_type},
                                                                           {"string", string_type},
                                                                           {"array", array_type},
                                                                           {"object", object_type}}};
  for (const auto& [known, bit] : bits) {
    if (known == name) return bit;
  }
  return std::nullopt;
}

}  // namespace

struct CompiledSchema::Parts {
  /// Where a schema stands.
  struct Place {
    SchemaResource* resource;
    const json::value* resource_root;
    std::string pointer;
  };

  Parts(json::value document_, std::string_view source_) : document(std::move(document_)), source(source_) {}

  const Schema* run() {
    draft7 = is_of_draft7(document);
    auto& resource = resources.emplace_back();
    add_places(document, {&resource, &document, ""}, true);
    const auto* root = schema_of(document, {&resource, &document, ""});
    while (!references.empty()) {  // what they lead to may hold more
      auto open = std::exchange(references, {});
      for (auto& [schema, value, place] : open) resolve(*schema, *value, place);
    }
    for (const auto& [value, schema] : schemas) follow(*schema, pointers[schema], 0);
    return root;
  }

  [[noreturn]] void fail(std::string_view pointer, std::string_view why) const {
    throw Error(ErrorKind::configuration, fmt::format("the schema {} cannot be used: at {}: {}", source,
                                                      pointer.empty() ? "its top" : pointer, why));
  }

  bool is_of_draft7(const json::value& schema) const {
    const auto* named = schema.is_object() ? schema.get_object().if_contains("$schema") : nullptr;
    if (named == nullptr) return false;
    if (!named->is_string()) fail("/$schema", "it is no text");
    std::string_view uri = named->get_string();
    if (uri.ends_with('#')) uri.remove_suffix(1);
    uri = uri.substr(std::min(uri.find("://"), uri.size()));
    for (const auto* older : {"://json-schema.org/draft-04/schema", "://json-schema.org/draft-06/schema",
                              "://json-schema.org/draft-07/schema"}) {
      if (uri == older) return true;
    }
    for (const auto* newer : {"://json-schema.org/draft/2019-09/schema", "://json-schema.org/draft/2020-12/schema"}) {
      if (uri == newer) return false;
    }
    fail("/$schema", "only drafts 4, 6, 7, 2019-09 and 2020-12 of json-schema.org are known");
  }

  /// Finds all resources and anchors, before anything refers to them.
  void add_places(const json::value& value, Place place, bool is_root) {
    if (!value.is_object()) return;
    const auto& fields = value.get_object();
    const bool only_reference = draft7 && fields.contains("$ref");
    if (!only_reference) place = add_names(value, std::move(place), is_root);
    places.emplace(&value, place);
    if (is_root && place.resource->uri.empty()) roots.emplace("", &value);
    each_inner(fields, place.pointer, [&](const json::value& inner, const std::string& pointer) {
      add_places(inner, {place.resource, place.resource_root, pointer}, false);
    });
  }

  Place add_names(const json::value& value, Place place, bool is_root) {
    const auto& fields = value.get_object();
    if (const auto* nested = fields.if_contains("$schema"); nested && !is_root && is_of_draft7(value) != draft7) {
      fail(place.pointer, "its \"$schema\" is another than that of the document");
    }
    if (const auto* id = fields.if_contains("$id"); id && id->is_string()) {
      const std::string_view text = id->get_string();
      const auto hash = text.find('#');
      if (const auto uri = text.substr(0, hash); !uri.empty()) {
        if (!is_root) place.resource = &resources.emplace_back(SchemaResource{place.resource->uri, {}});
        place.resource->uri = resolved_uri(place.resource->uri, uri);
        place.resource_root = &value;
        roots.emplace(place.resource->uri, &value);
      }
      if (hash != text.npos && hash + 1 < text.size()) add_anchor(place, text.substr(hash + 1), value);
    }
    for (const auto* name : {"$anchor", "$dynamicAnchor"}) {
      if (const auto* anchor = fields.if_contains(name); anchor && anchor->is_string() && !draft7) {
        add_anchor(place, anchor->get_string(), value);
        if (name[1] == 'd') dynamic.push_back({place.resource, std::string(anchor->get_string()), &value});
      }
    }
    return place;
  }

  void add_anchor(const Place& place, std::string_view name, const json::value& value) {
    anchors.emplace(std::pair(place.resource, std::string(name)), &value);
  }

  template <class Visit>
  void each_inner(const json::object& fields, const std::string& at, Visit visit) const {
    if (draft7 && fields.contains("$ref")) {
      for (const auto* name : {"definitions", "$defs"}) {
        if (const auto* map = fields.if_contains(name)) each_in_map(*map, pointer_into(at, name), visit);
      }
      return;
    }
    for (const auto& [name, value] : fields) {
      const auto here = pointer_into(at, name);
      if (stands_in(list_rules, name) || (name == "items" && value.is_array())) {
        if (!value.is_array()) continue;
        std::size_t index = 0;
        for (const auto& item : value.get_array()) visit(item, pointer_into(here, std::to_string(index++)));
      } else if (stands_in(map_rules, name)) {
        each_in_map(value, here, visit);
      } else if (stands_in(schema_rules, name)) {
        visit(value, here);
      }
    }
  }

  template <class Visit>
  static void each_in_map(const json::value& map, const std::string& at, Visit visit) {
    if (!map.is_object()) return;
    for (const auto& [name, value] : map.get_object()) {
      if (!value.is_array()) visit(value, pointer_into(at, name));
    }
  }

  const Schema* schema_of(const json::value& value, const Place& guess) {
    if (const auto known = schemas.find(&value); known != schemas.end()) return known->second;
    const auto found = places.find(&value);
    const auto place = found == places.end() ? guess : found->second;
    auto& schema = all.emplace_back();
    schemas.emplace(&value, &schema);
    schema.resource = place.resource;
    pointers.emplace(&schema, place.pointer);
    if (value.is_bool()) {
      schema.allows_nothing = !value.get_bool();
    } else if (value.is_object()) {
      read(value, place, schema);
    } else {
      fail(place.pointer, "a schema is an object, true or false");
    }
    return &schema;
  }

  void read(const json::value& value, const Place& place, Schema& schema) {
    const auto& fields = value.get_object();
    for (const auto& [name, rule] : fields) {
      const auto at = pointer_into(place.pointer, name);
      if (stands_in(of_no_draft_here, name)) fail(at, "this rule is not known here and would not be checked");
      if (draft7 && stands_in(of_later_drafts, name)) {
        fail(at, "this rule is of a later draft than the \"$schema\" says, and would not be checked");
      }
    }
    if (fields.contains("$ref") || fields.contains("$dynamicRef")) references.emplace_back(&schema, &value, place);
    if (draft7 && fields.contains("$ref")) {
      for (const auto* name : {"definitions", "$defs"}) {
        if (const auto* map = fields.if_contains(name)) each_of_map(*map, inside(place, name), [](auto&&...) {});
      }
      return;
    }
    for (const auto& [name, rule] : fields) read_rule(name, rule, fields, inside(place, name), schema);
  }

  static Place inside(const Place& place, std::string_view name) {
    return {place.resource, place.resource_root, pointer_into(place.pointer, name)};
  }

  void read_rule(std::string_view name, const json::value& rule, const json::object& all_rules, const Place& at,
                 Schema& schema) {
    if (read_number_rule(name, rule, at.pointer, schema) || read_schema_rule(name, rule, at, schema)) return;
    if (name == "type") {
      read_types(rule, at.pointer, schema);
    } else if (name == "enum") {
      if (!rule.is_array()) fail(at.pointer, "a list of values is wanted");
      schema.values = &rule.get_array();
    } else if (name == "const") {
      schema.constant = &rule;
    } else if (name == "pattern") {
      schema.expression = text_in(rule, at.pointer);
      schema.pattern = pattern_in(schema.expression, at.pointer);
    } else if (name == "format") {
      schema.format = text_in(rule, at.pointer);
    } else if (name == "uniqueItems") {
      if (!rule.is_bool()) fail(at.pointer, "true or false is wanted");
      schema.unique_items = rule.get_bool();
    } else if (name == "required") {
      schema.required = names_in(rule, at.pointer);
    } else if (name == "dependentRequired") {
      if (!rule.is_object()) fail(at.pointer, "an object is wanted");
      for (const auto& [key, names] : rule.get_object()) {
        schema.required_with.emplace(std::string(key), names_in(names, pointer_into(at.pointer, key)));
      }
    } else if (name == "items") {
      read_items(rule, all_rules, at, schema);
    } else if (name == "additionalItems") {
      const auto* additional = schema_of(rule, at);
      if (const auto* items = all_rules.if_contains("items"); items && items->is_array()) schema.items = additional;
    }
  }

  bool read_number_rule(std::string_view name, const json::value& rule, const std::string& at, Schema& schema) {
    constexpr std::array<std::pair<std::string_view, Bound Schema::*>, 8> counts{
        {{"minLength", &Schema::min_length},
         {"maxLength", &Schema::max_length},
         {"minItems", &Schema::min_items},
         {"maxItems", &Schema::max_items},
         {"minProperties", &Schema::min_properties},
         {"maxProperties", &Schema::max_properties},
         {"minContains", &Schema::min_contains},
         {"maxContains", &Schema::max_contains}}};
    constexpr std::array<std::pair<std::string_view, Bound Schema::*>, 5> numbers{
        {{"minimum", &Schema::minimum},
         {"exclusiveMinimum", &Schema::above},
         {"maximum", &Schema::maximum},
         {"exclusiveMaximum", &Schema::below},
         {"multipleOf", &Schema::multiple_of}}};
    for (const auto& [known, bound] : counts) {
      if (name != known) continue;
      if (!is_integer(rule) || number_of(rule) < 0) fail(at, "a whole number from 0 on is wanted");
      schema.*bound = number_of(rule);
      return true;
    }
    for (const auto& [known, bound] : numbers) {
      if (name != known) continue;
      if (!rule.is_number()) fail(at, "a number is wanted");
      if (name == "multipleOf" && !(number_of(rule) > 0)) fail(at, "a number above 0 is wanted");
      schema.*bound = number_of(rule);
      return true;
    }
    return false;
  }

  bool read_schema_rule(std::string_view name, const json::value& rule, const Place& at, Schema& schema) {
    constexpr std::array<std::pair<std::string_view, const Schema * Schema::*>, 9> one{
        {{"contains", &Schema::contains},
         {"additionalProperties", &Schema::additional},
         {"propertyNames", &Schema::names},
         {"not", &Schema::no},
         {"if", &Schema::condition},
         {"then", &Schema::then},
         {"else", &Schema::otherwise},
         {"unevaluatedItems", &Schema::unevaluated_items},
         {"unevaluatedProperties", &Schema::unevaluated_properties}}};
    constexpr std::array<std::pair<std::string_view, std::vector<const Schema*> Schema::*>, 4> lists{
        {{"allOf", &Schema::all_of},
         {"anyOf", &Schema::any_of},
         {"oneOf", &Schema::one_of},
         {"prefixItems", &Schema::prefix}}};
    for (const auto& [known, member] : one) {
      if (name != known) continue;
      schema.*member = schema_of(rule, at);
      unevaluated = unevaluated || name.starts_with("unevaluated");
      return true;
    }
    for (const auto& [known, member] : lists) {
      if (name == known) return schema.*member = schemas_in(rule, at), true;
    }
    return stands_in(map_rules, name) && read_map_rule(name, rule, at, schema);
  }

  bool read_map_rule(std::string_view name, const json::value& rule, const Place& at, Schema& schema) {
    each_of_map(rule, at, [&](std::string_view key, const json::value& value, const Schema* inner) {
      const std::string own(key);
      if (name == "properties") {
        properties.insert(own);
        schema.properties.emplace(own, inner);
      } else if (name == "patternProperties") {
        schema.pattern_properties.emplace_back(pattern_in(own, pointer_into(at.pointer, key)), inner);
      } else if (name == "dependentSchemas" || (name == "dependencies" && inner != nullptr)) {
        schema.schema_with.emplace(own, inner);
      } else if (name == "dependencies") {
        schema.required_with.emplace(own, names_in(value, pointer_into(at.pointer, key)));
      }
    });
    return true;
  }

  /// Gives the visitor the key, its value and the value's schema; null: the value is a list.
  template <class Visit>
  void each_of_map(const json::value& map, const Place& at, Visit visit) {
    if (!map.is_object()) fail(at.pointer, "an object is wanted");
    for (const auto& [key, value] : map.get_object()) {
      const bool is_list = value.is_array() && at.pointer.ends_with("/dependencies");
      visit(std::string_view(key), value, is_list ? nullptr : schema_of(value, inside(at, key)));
    }
  }

  std::vector<const Schema*> schemas_in(const json::value& list, const Place& at) {
    if (!list.is_array() || list.get_array().empty()) fail(at.pointer, "a list of schemas is wanted");
    std::vector<const Schema*> found;
    for (const auto& item : list.get_array()) {
      found.push_back(schema_of(item, inside(at, std::to_string(found.size()))));
    }
    return found;
  }

  void read_items(const json::value& rule, const json::object& all_rules, const Place& at, Schema& schema) {
    if (!rule.is_array()) {
      schema.items = schema_of(rule, at);
    } else if (all_rules.contains("prefixItems")) {
      fail(at.pointer, "beside \"prefixItems\" it is one schema, and no list");
    } else if (!rule.get_array().empty()) {
      schema.prefix = schemas_in(rule, at);
    }
  }

  void read_types(const json::value& rule, const std::string& at, Schema& schema) {
    const auto add = [&](const json::value& name) {
      const auto bit = name.is_string() ? type_bit(name.get_string()) : std::nullopt;
      if (!bit) fail(at, "it names no type of JSON");
      schema.types |= *bit;
    };
    if (!rule.is_array()) return add(rule);
    if (rule.get_array().empty()) fail(at, "it names no type of JSON");
    for (const auto& name : rule.get_array()) add(name);
  }

  std::string text_in(const json::value& rule, const std::string& at) const {
    if (!rule.is_string()) fail(at, "a text is wanted");
    return std::string(rule.get_string());
  }

  std::vector<std::string> names_in(const json::value& rule, const std::string& at) const {
    if (!rule.is_array()) fail(at, "a list of names is wanted");
    std::vector<std::string> names;
    for (const auto& name : rule.get_array()) names.push_back(text_in(name, at));
    return names;
  }

  Pattern pattern_in(const std::string& expression, const std::string& at) const {
    try {
      return Pattern(expression);
    } catch (const std::invalid_argument& error) {
      fail(at, fmt::format("the pattern is none that can be used ({})", error.what()));
    }
  }

  void resolve(Schema& schema, const json::value& value, const Place& place) {
    const auto& fields = value.get_object();
    if (const auto* reference = fields.if_contains("$ref")) {
      schema.reference = target_of(*reference, place, nullptr);
    }
    if (const auto* reference = fields.if_contains("$dynamicRef")) {
      schema.dynamic_reference = target_of(*reference, place, &schema.dynamic_name);
    }
  }

  const Schema* target_of(const json::value& reference, const Place& place, std::string* dynamic_name) {
    const auto& at = place.pointer;
    if (!reference.is_string()) fail(at, "\"$ref\" is no string");
    const std::string_view text = reference.get_string();
    const auto hash = text.find('#');
    const auto fragment = hash == text.npos ? std::string() : percent_decoded_fragment(text.substr(hash + 1));
    const auto uri = resolved_uri(place.resource->uri, text.substr(0, hash));
    const auto root = roots.find(uri);
    if (root == roots.end()) fail(at, "only references inside the schema (\"#/...\") are followed");
    const Place target = places.at(root->second);
    if (fragment.empty()) return schema_of(*root->second, target);
    if (!fragment.starts_with('/')) return anchor_of(target, fragment, at, dynamic_name);
    json::error_code code;
    const auto* found = root->second->find_pointer(fragment, code);
    if (found == nullptr) fail(at, "the reference leads to nothing");
    return schema_of(*found, {target.resource, target.resource_root, target.pointer + fragment});
  }

  const Schema* anchor_of(const Place& target, const std::string& name, const std::string& at,
                          std::string* dynamic_name) {
    const auto found = anchors.find(std::pair(target.resource, name));
    if (found == anchors.end()) fail(at, "the reference leads to nothing");
    const auto is_dynamic = [&](const auto& anchor) { return anchor.value == found->second && anchor.name == name; };
    if (dynamic_name != nullptr && std::ranges::any_of(dynamic, is_dynamic)) {
      *dynamic_name = name;
      for (auto& anchor : dynamic) {
        if (anchor.name == name) {
          anchor.resource->dynamic_anchors[name] = schema_of(*anchor.value, places.at(anchor.value));
        }
      }
    }
    return schema_of(*found->second, places.at(found->second));
  }

  /// Whether checking one value would lead back to this schema for the same value.
  void follow(const Schema& schema, const std::string& at, int depth) {
    constexpr int deepest = 500;
    auto& mark = marks[&schema];
    if (mark == Mark::done) return;
    if (mark == Mark::under_way) fail(at, "it refers to itself without end");
    if (depth > deepest) fail(at, "its references follow one another more than 500 times");
    mark = Mark::under_way;
    const auto next = [&](const Schema* other) {
      if (other != nullptr) follow(*other, at, depth + 1);
    };
    for (const auto* other : {schema.reference, schema.no, schema.condition, schema.then, schema.otherwise})
      next(other);
    if (schema.dynamic_name.empty()) next(schema.dynamic_reference);
    for (const auto* list : {&schema.all_of, &schema.any_of, &schema.one_of}) {
      for (const auto* other : *list) next(other);
    }
    for (const auto& [name, other] : schema.schema_with) next(other);
    marks[&schema] = Mark::done;
  }

  enum class Mark { none, under_way, done };
  struct DynamicAnchor {
    SchemaResource* resource;
    std::string name;
    const json::value* value;
  };
  struct OpenReference {
    Schema* schema;
    const json::value* value;
    Place place;
    OpenReference(Schema* schema_, const json::value* value_, Place place_)
        : schema(schema_), value(value_), place(std::move(place_)) {}
  };

  json::value document;
  std::string source;
  bool draft7 = false;
  bool unevaluated = false;
  std::deque<Schema> all;
  std::deque<SchemaResource> resources;
  std::set<std::string, std::less<>> properties;
  std::unordered_map<const json::value*, const Schema*> schemas;
  std::unordered_map<const Schema*, std::string> pointers;
  std::unordered_map<const json::value*, Place> places;
  std::map<std::string, const json::value*, std::less<>> roots;  // by URI
  std::map<std::pair<const SchemaResource*, std::string>, const json::value*> anchors;
  std::vector<DynamicAnchor> dynamic;
  std::vector<OpenReference> references;
  std::map<const Schema*, Mark> marks;
};

CompiledSchema::CompiledSchema(json::value document, std::string_view source)
    : parts_(std::make_unique<Parts>(std::move(document), source)), root_(parts_->run()) {}

CompiledSchema::~CompiledSchema() = default;

const std::set<std::string, std::less<>>& CompiledSchema::property_names() const {
  return parts_->properties;
}

bool CompiledSchema::has_unevaluated() const {
  return parts_->unevaluated;
}

}  // namespace headway::job
