#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "job/input/column.hpp"

namespace headway::job {

/// A text with columns in it: "Summarise: {{text}}". Blanks inside the braces do not count. A text column goes in as it is,
/// any other as its JSON, with letters where that has \uXXXX. A text in quotation marks inside the braces stands for itself:
/// "{{'{{'}}" is two braces.
class PromptTemplate {
 public:
  /// `what`: "the prompt", for errors. Throws Error (`configuration`): not valid UTF-8; braces that name no column or are not
  /// closed.
  PromptTemplate(std::string_view text, std::string_view what, ColumnSlots& slots);

  /// Appends the text for a row. Returns what is wrong with the row, empty: nothing. It is wrong if a column is absent or null,
  /// or all of them are blank.
  std::string append(std::string& out, const RowColumns& row) const;
  /// The columns named, in their order.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Piece {
    Piece(std::string before_, std::size_t slot_) : before(std::move(before_)), slot(slot_) {}

    std::string before;  // text, then a column
    std::size_t slot;
  };

  std::vector<Piece> pieces_;
  std::vector<std::string> columns_;
  std::string end_;
};

}  // namespace headway::job
