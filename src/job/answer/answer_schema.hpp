#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace headway::job {

/// A JSON Schema (draft 7), compiled once, that answers are held against. Patterns are matched byte by byte, as
/// std::regex does. For one thread at a time; copies share what is compiled.
class AnswerSchema {
 public:
  /// `source` is how messages call it. Throws Error (`configuration`), which says where and why: no JSON, or what
  /// check_schema() refuses.
  AnswerSchema(std::string_view json, std::string_view source);
  /// Reads it from a file. Throws as above, and if the file cannot be read.
  explicit AnswerSchema(const std::filesystem::path& file);

  /// The first rule that `answer` breaks: "at /items/0/price: ...". The path has only names that stand in the schema;
  /// others are `*`, and nothing else of the answer is in it. None: it is valid.
  std::optional<std::string> fault_of(const boost::json::value& answer) const;

 private:
  struct Compiled;
  std::shared_ptr<Compiled> compiled_;
};

}  // namespace headway::job
