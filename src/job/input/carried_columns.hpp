#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "job/input/column.hpp"
#include "job/input/settings.hpp"

namespace headway::job {

/// The columns of a row that go along to the output.
class CarriedColumns {
 public:
  /// Of settings.columns: their names; one that is "*": all.
  CarriedColumns(const InputSettings& settings, ColumnSlots& slots);

  /// "*" is among them.
  bool has_all() const { return all_; }
  /// As a JSON object; a column that the row lacks is null. Empty: none is asked for.
  std::string of(RowColumns& row) const;
  /// A row that has a column which the output needs for its own: what is wrong with it. Empty: nothing.
  std::string fault_of(const RowColumns& row) const;

 private:
  struct Carried {
    Carried(std::string key_, std::size_t slot_) : key(std::move(key_)), slot(slot_) {}

    std::string key;  // as JSON, with its colon
    std::size_t slot;
  };

  std::vector<Carried> columns_;
  std::vector<std::pair<std::string_view, std::size_t>> reserved_;  // names, with their slots
  bool all_ = false;
};

/// Appends what the column has as JSON; absent: null.
void append_json(std::string& out, const Column& column);

}  // namespace headway::job
