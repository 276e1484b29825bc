#pragma once

#include <simdjson.h>

#include "job/input/column.hpp"
#include "job/input/row_json.hpp"

namespace headway::job {

/// Of rows that are JSON objects. Of a name that stands twice, the last counts.
class JsonColumns : public RowColumns {
 public:
  /// `own`: columns that append_all() leaves out.
  explicit JsonColumns(const ColumnSlots& slots, std::vector<std::string> own = {})
      : slots_(slots), own_(std::move(own)) {
    values_.resize(slots_.size());
  }

  std::string read(std::string_view row) override;
  void append_all(std::string& out) override;
  /// The column of the row that was read. Throws simdjson_error if there is none. Numbers may be others: see RowJson.
  simdjson::dom::element element(std::string_view name) const;

 private:
  void read_fields();

  ColumnSlots slots_;
  std::vector<std::string> own_;
  RowJson json_;                       // on demand looks only at what is asked for, and would let bad JSON through
  simdjson::ondemand::parser parser_;  // the columns look into its strings
  simdjson::ondemand::parser all_parser_;
};

}  // namespace headway::job
