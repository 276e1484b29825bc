#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "job/input/row_reader.hpp"
#include "job/row.hpp"
#include "job/store/journal.hpp"

namespace headway::job {

/// What is done with a row of the input in this start of the run.
enum class Treatment {
  skip,           ///< nothing
  send,           ///< it is sent
  record_unsent,  ///< it may have been sent before, and is not sent again: it is recorded as failed
};

/// The rows that are still to be done, in the input's order and in groups: before one of a group may be taken, the group
/// must be announced (journaled as "may be sent"). Memory: two groups.
class RowFeed {
 public:
  using Treat = std::function<Treatment(std::uint64_t number)>;

  struct Item {
    Item(Entry entry_, Treatment treatment_) : entry(std::move(entry_)), treatment(treatment_) {}

    Entry entry;
    Treatment treatment;
  };

  RowFeed(RowReader reader, Treat treat) : reader_(std::move(reader)), treat_(std::move(treat)) {}

  /// Reads the next group, of `size` rows at the most; empty: there are no more rows. Throws as RowReader::next.
  std::vector<SentRow> announce(std::size_t size);
  /// Rows up to this number may be taken.
  void allow(std::uint64_t number) { allowed_ = number; }
  /// The next row that may be taken.
  std::optional<Item> take();

  std::size_t announced() const { return items_.size(); }
  bool read_all() const { return read_all_; }
  /// All rows were taken.
  bool done() const { return read_all_ && items_.empty(); }

 private:
  RowReader reader_;
  Treat treat_;
  std::deque<Item> items_;
  std::optional<std::uint64_t> allowed_;
  bool read_all_ = false;
};

}  // namespace headway::job
