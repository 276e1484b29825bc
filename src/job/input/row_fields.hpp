#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/input/body_fields.hpp"
#include "job/input/column.hpp"
#include "job/input/endpoint.hpp"

namespace headway::job {

/// The columns of a JSON row that are fields of its request, beside its prompt: {"messages": [...], "temperature": 0.2}.
/// Only names that cannot be anything else: what "n" or "metadata" of a table is, nobody knows.
class RowFields {
 public:
  /// `set`: fields that the settings say, in place of the rows' own.
  RowFields(Endpoint endpoint, const std::vector<BodyField>& set, ColumnSlots& slots);

  /// Appends `,"name":value` for each that the row has and that is not null. Returns what is wrong, empty: nothing.
  std::string append(std::string& out, const RowColumns& row) const;

 private:
  struct Field {
    std::string_view name;
    std::string_view forms;
    std::size_t slot;
    bool is_set;
  };

  std::vector<Field> fields_;
};

/// Whether such a column is a field of a request there; "model", "stream" and the prompt are not among them.
bool is_row_field(Endpoint endpoint, std::string_view name);

}  // namespace headway::job
