#pragma once

#include <set>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace headway::job {

/// What a sound schema holds, as far as checking answers by it needs to know.
struct SchemaNames {
  SchemaNames() {}

  std::set<std::string, std::less<>> properties;  ///< all names that stand under "properties" anywhere
  bool has_patterns = false;                      ///< "pattern", "patternProperties" or "format" stands in it
};

/// Walks a JSON Schema of draft 7 (draft 4's and 6's keywords that mean the same included) and throws Error
/// (`configuration`) that names `source` and the place as a JSON Pointer, if there is something in it that could not be
/// checked: a keyword's value of the wrong type, a broken pattern, a reference to another document or to nothing, one
/// that leads back to itself without a step into the answer, or a rule of a later draft, which would be left out in silence.
SchemaNames check_schema(const boost::json::value& schema, std::string_view source);

/// Strings (and names of properties) of more characters than this are not held against patterns: std::regex needs stack
/// in proportion to the text, and at 16 KB ends the process for want of it.
inline constexpr int longest_for_patterns = 2000;

/// Adds to every schema with a "pattern" or a "format" the rule that the string is no longer than that. valijson comes to
/// it first and, if it is not told to collect all faults, goes no further.
void bound_patterns(boost::json::value& schema);

}  // namespace headway::job
