#pragma once

#include <string>
#include <string_view>

#include "job/input/endpoint.hpp"

namespace headway::job {

/// A JSON Schema that every row asks for: the field of its body that says so in OpenAI's words, which other providers'
/// dialects put into theirs.
class AskedSchema {
 public:
  /// Throws Error (`configuration`): it is no JSON object.
  explicit AskedSchema(std::string_view json);

  /// "response_format", or "text" of responses; empty: this endpoint cannot be asked for a schema.
  static std::string_view field_of(Endpoint endpoint);
  /// The field's value.
  std::string json_for(Endpoint endpoint) const;

 private:
  std::string name_;  ///< by its title, as OpenAI allows it
  std::string schema_;
  bool strict_;  ///< it has nothing that OpenAI's strict mode refuses, so that it is asked for
};

}  // namespace headway::job
