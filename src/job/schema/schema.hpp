#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "job/schema/pattern.hpp"

namespace headway::job {

/// A type of JSON Schema, as a bit.
enum TypeBit : std::uint8_t {
  null_type = 1,
  boolean_type = 2,
  integer_type = 4,
  number_type = 8,
  string_type = 16,
  array_type = 32,
  object_type = 64,
};

struct Schema;

/// A schema document, or a part of one with an "$id" of its own.
struct SchemaResource {
  std::string uri;
  std::map<std::string, const Schema*, std::less<>> dynamic_anchors;
};

/// What a rule compares with a number; none: there is no such rule.
using Bound = std::optional<double>;

/// One schema of a document, checked and made ready to be held against answers. Points into its document.
struct Schema {
  bool allows_nothing = false;  ///< it is `false`
  bool stops_at_reference = false;
  const SchemaResource* resource = nullptr;
  const Schema* reference = nullptr;
  const Schema* dynamic_reference = nullptr;
  std::string dynamic_name;  ///< of the anchor that $dynamicRef names; empty: it is as $ref

  std::uint8_t types = 0;  ///< TypeBits; 0: any
  const boost::json::array* values = nullptr;
  const boost::json::value* constant = nullptr;
  Bound minimum, above, maximum, below, multiple_of;

  Bound min_length, max_length;
  std::optional<Pattern> pattern;
  std::string expression;  ///< the pattern's
  std::string format;

  Bound min_items, max_items;
  bool unique_items = false;
  std::vector<const Schema*> prefix;
  const Schema* items = nullptr;  ///< of those behind the prefix
  const Schema* contains = nullptr;
  Bound min_contains, max_contains;

  Bound min_properties, max_properties;
  std::vector<std::string> required;
  std::map<std::string, const Schema*, std::less<>> properties;
  std::vector<std::pair<Pattern, const Schema*>> pattern_properties;
  const Schema* additional = nullptr;
  const Schema* names = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> required_with;
  std::map<std::string, const Schema*, std::less<>> schema_with;

  std::vector<const Schema*> all_of, any_of, one_of;
  const Schema* no = nullptr;
  const Schema* condition = nullptr;
  const Schema* then = nullptr;
  const Schema* otherwise = nullptr;
  const Schema* unevaluated_items = nullptr;
  const Schema* unevaluated_properties = nullptr;
};

}  // namespace headway::job
