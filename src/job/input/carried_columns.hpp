#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/input/column.hpp"

namespace headway::job {

/// The columns of a row that go along to the output.
class CarriedColumns {
 public:
  /// `columns`: their names; one that is "*": all.
  CarriedColumns(const std::vector<std::string>& columns, ColumnSlots& slots);

  /// "*" is among them.
  bool has_all() const { return all_; }
  /// As a JSON object; a column that the row lacks is null. Empty: none is asked for.
  std::string of(RowColumns& row) const;

 private:
  struct Carried {
    Carried(std::string key_, std::size_t slot_) : key(std::move(key_)), slot(slot_) {}

    std::string key;  // as JSON, with its colon
    std::size_t slot;
  };

  std::vector<Carried> columns_;
  bool all_ = false;
};

/// Appends what the column has as JSON; absent: null.
void append_json(std::string& out, const Column& column);

}  // namespace headway::job
