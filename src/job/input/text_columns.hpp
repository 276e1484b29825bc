#pragma once

#include "job/input/column.hpp"
#include "job/input/csv_fields.hpp"

namespace headway::job {

/// Of CSV records.
class CsvColumns : public RowColumns {
 public:
  /// `header`: the names of the columns; those without a name are nobody's.
  CsvColumns(const ColumnSlots& slots, std::vector<std::string> header, char delimiter);

  std::string read(std::string_view row) override;
  void append_all(std::string& out) override;

 private:
  std::vector<std::string> header_;
  std::vector<std::size_t> places_;  // of the slots, in the header; its size: not in it
  CsvFields fields_;
};

/// Of a text with a prompt a line: the one column "line".
class LineColumns : public RowColumns {
 public:
  static constexpr std::string_view name = "line";

  explicit LineColumns(const ColumnSlots& slots);

  std::string read(std::string_view row) override;
  void append_all(std::string& out) override;

 private:
  std::string_view row_;
  std::vector<bool> is_line_;  // by slot
};

}  // namespace headway::job
