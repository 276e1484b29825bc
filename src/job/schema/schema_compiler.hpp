#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "job/schema/schema.hpp"

namespace headway::job {

/// A schema document, ready to judge. It holds what its schemas point to.
class CompiledSchema {
 public:
  /// JSON Schema, draft 7 (also 4 and 6, where these mean the same) or 2020-12 (and 2019-09); a document without "$schema" may
  /// have the rules of both. Throws Error (`configuration`) that names `source` and the place as a JSON Pointer, if there is
  /// something in it that could not be judged: a rule's value that makes no sense, a pattern that is none, a reference to
  /// another document or to nothing, or that leads back to itself without a step into the answer, or a rule that is not known
  /// here, which would be left out in silence.
  CompiledSchema(boost::json::value document, std::string_view source);
  CompiledSchema(const CompiledSchema&) = delete;
  CompiledSchema& operator=(const CompiledSchema&) = delete;
  ~CompiledSchema();

  const Schema& root() const { return *root_; }
  /// All names that stand under "properties" anywhere.
  const std::set<std::string, std::less<>>& property_names() const;
  /// Whether anything asks which items and properties other rules have looked at.
  bool has_unevaluated() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  const Schema* root_ = nullptr;
};

}  // namespace headway::job
