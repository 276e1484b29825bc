#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "job/input/csv_fields.hpp"
#include "job/store/output_reader.hpp"

namespace simdjson::dom {
class parser;
}

namespace headway::job {

/// What an output's line says of its row.
struct LineFacts {
  LineFacts() {}

  std::uint64_t id_hash = 0;  ///< 0 for LineForm::bodies
  std::uint64_t line = 0;
  std::string kind;  ///< of a failure: `error.code`
  int status = 0;    ///< `response.status_code`
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

enum class LineIs : std::uint8_t {
  ours,
  broken,   ///< not whole: no JSON, or another number of fields
  foreign,  ///< whole, and not written by a run
};

/// Reads lines of one output file.
class LineParser {
 public:
  explicit LineParser(LineForm form);
  ~LineParser();
  LineParser(LineParser&&) = delete;
  LineParser& operator=(LineParser&&) = delete;

  /// csv: the file's first line.
  void set_header(std::string_view header);
  LineIs parse(std::string_view line, LineFacts& facts);

 private:
  LineIs parse_json(std::string_view line, LineFacts& facts);
  LineIs parse_csv(std::string_view line, LineFacts& facts);
  bool is_json(std::string_view line);
  bool split(std::string_view record);

  LineForm form_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::string buffer_;
  CsvFields csv_{','};
  std::size_t fields_ = 0;
  std::optional<std::size_t> id_field_;
  std::optional<std::size_t> line_field_;
};

}  // namespace headway::job
