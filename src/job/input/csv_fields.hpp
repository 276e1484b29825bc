#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway::job {

/// The fields of a CSV record, their quotes taken off (RFC 4180). A quote inside a field that does not begin with one is text,
/// as Python's and pandas' readers have it.
class CsvFields {
 public:
  explicit CsvFields(char delimiter) : delimiter_(delimiter) {}

  /// Returns what is wrong with the record, empty: nothing.
  std::string split(std::string_view record);
  /// Valid until the next split(), and as long as the record is.
  const std::vector<std::string_view>& get() const { return fields_; }

 private:
  std::string_view unquote(std::string_view& rest);

  char delimiter_;
  std::vector<std::string_view> fields_;
  std::string unquoted_;  // fields with doubled quotes; reserved at the start, so that views into it stay
};

}  // namespace headway::job
