#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace headway::job {

enum class InputFormat {
  automatic,   ///< by the file's extension and what its first rows look like
  batch,       ///< OpenAI Batch lines: custom_id, method, url, body
  json_lines,  ///< a JSON object a line
  csv,         ///< RFC 4180 with a header row; .tsv: with tabs
  lines,       ///< a prompt a line; it is the column "line"
};

/// Which file is read, and what requests are made of its rows. Rows of all formats but Batch lines go through a template.
struct InputSettings {
  InputSettings() {}

  std::filesystem::path path;  ///< plain, .gz or .zst, known by their first bytes. Of standard input: its spool
  std::string name;            ///< what errors call it; empty: the path
  InputFormat format = InputFormat::automatic;
  char delimiter = 0;                                 ///< of CSV; 0: as the file shows, see csv_dialect_of()
  std::string encoding;                               ///< a name that iconv knows, e.g. "cp932"; empty: UTF-8
  std::size_t max_row_bytes = std::size_t{64} << 20;  ///< a larger row is a bad row

  std::string prompt;  ///< a template: "Summarise: {{text}}"; empty: the column "prompt", or for a chat "messages"
  std::string system;  ///< a template for the chat's system message; empty: none
  bool completions = false;  ///< to /v1/completions instead of /v1/chat/completions; not for Batch lines

  std::string model;                  ///< of all rows; empty: as the row or `set` says
  std::string default_model;          ///< of rows that name none; not for Batch lines
  std::optional<int> max_tokens;      ///< tokens of an answer at the most, under the name that the endpoint has for it
  std::optional<double> temperature;  ///< not for embeddings
  /// KEY=JSON: a field of every body, in place of the row's own and of the three above, e.g. service_tier="flex".
  std::vector<std::string> set;
  std::string schema;  ///< a JSON Schema that every row asks for; not for completions and embeddings. Empty: none

  std::vector<std::string> columns;  ///< go along to the output; "*": all. Of Batch lines: the line's other fields
  /// `columns` are all, and stand beside the answer: a row with a column that is called as ours are is a bad row.
  bool keep_input = false;
  bool texts_wanted = false;  ///< an output line is to hold the answer's text: rows of embeddings are bad rows
  /// The column that is the custom_id. Empty: "custom_id" where a row has it. ("id" is not taken unasked: in data it often
  /// stands in several rows, which would make bad rows of a column that nobody named.) Not for Batch lines.
  std::string id_column;

  std::optional<std::uint64_t> limit;   ///< only the first N rows
  std::optional<std::uint64_t> sample;  ///< N rows at random, of those within the limit, in the input's order
  std::uint64_t sample_seed = 0;        ///< the same seed takes the same rows everywhere

  /// For errors.
  std::string shown_name() const { return name.empty() ? path.string() : name; }
};

}  // namespace headway::job
