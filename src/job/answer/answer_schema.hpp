#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "job/schema/steps.hpp"

namespace headway::job {

class CompiledSchema;

/// A JSON Schema (draft 7 or 2020-12), compiled once, that answers are held against. Any number of threads; copies share what
/// is compiled.
class AnswerSchema {
 public:
  /// `source` is how messages call it. Throws Error (`configuration`), which says where and why: no JSON, or what
  /// CompiledSchema refuses.
  AnswerSchema(std::string_view json, std::string_view source);
  /// Reads it from a file. Throws as above, and if the file cannot be read.
  explicit AnswerSchema(const std::filesystem::path& file);

  /// The first rule that `answer` breaks: "at /items/0/price: ...". The path has only names that stand in the schema;
  /// others are `*`, and nothing else of the answer is in it. None: it is valid. Throws TooManySteps.
  std::optional<std::string> fault_of(const boost::json::value& answer, Steps& steps) const;

 private:
  std::shared_ptr<const CompiledSchema> compiled_;
};

}  // namespace headway::job
