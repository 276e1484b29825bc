#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headway::job {

/// What a row has in a column.
struct Column {
  enum class Kind { absent, null, text, json };

  Kind kind = Kind::absent;
  std::string_view
      value;  ///< text: itself, valid UTF-8; json: a number, true, false, an array or an object, as it stands there
};

/// The columns that are to be read of every row; each has a slot.
class ColumnSlots {
 public:
  /// The slot of the column, a new one if it has none.
  std::size_t slot_of(std::string_view name);
  /// None: it is not read.
  std::optional<std::size_t> find(std::string_view name) const {
    const auto found = slots_.find(name);
    return found == slots_.end() ? std::nullopt : std::optional(found->second);
  }
  std::size_t size() const { return slots_.size(); }
  const std::map<std::string, std::size_t, std::less<>>& by_name() const { return slots_; }

 private:
  std::map<std::string, std::size_t, std::less<>> slots_;
};

/// Reads the columns of one row after the other. For one thread at a time.
class RowColumns {
 public:
  RowColumns() = default;
  RowColumns(const RowColumns&) = delete;
  RowColumns& operator=(const RowColumns&) = delete;
  virtual ~RowColumns() = default;

  /// Returns what is wrong with the row, empty: nothing. `row`: simdjson may read on behind it.
  virtual std::string read(std::string_view row) = 0;
  /// Appends all columns of the row that was read as a JSON object.
  virtual void append_all(std::string& out) = 0;
  /// Of the row that was read, as long as that is there.
  const Column& operator[](std::size_t slot) const { return values_[slot]; }

 protected:
  std::vector<Column> values_;  ///< by slot
};

/// Where the first byte of `text` stands that is not valid UTF-8, as a sentence; empty: all is.
std::string utf8_fault(std::string_view text);

}  // namespace headway::job
