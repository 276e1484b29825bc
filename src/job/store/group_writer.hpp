#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <headway/error.hpp>

#include "job/record.hpp"
#include "job/store/in_order.hpp"
#include "job/store/journal.hpp"
#include "job/store/output_writer.hpp"

namespace headway::job {

/// What a commit made durable. Without the records' texts.
struct Committed {
  Committed() {}

  std::vector<Record> records;      ///< by number
  std::vector<std::uint64_t> sent;  ///< the last number of each group that may be sent now
  std::size_t bytes = 0;            ///< of memory that the records took up
  std::optional<Error> error;       ///< something is not durable yet: it is kept, and the next commit tries again
};

/// Writes records to the outputs and the journal, a group at a time: lines first, then (for durability power) a sync,
/// then the commit. What fails to be written or committed is kept and tried again with the next commit.
/// For one thread at a time; Store is its thread.
class GroupWriter {
 public:
  struct Options {
    Options() {}

    bool ordered = false;
    /// ordered: of lines that wait for their turn, at most so many bytes are kept in memory besides the journal.
    std::size_t waiting_memory = 16 << 20;
    Durability durability = Durability::process;
  };

  GroupWriter(Journal& journal, std::array<OutputWriter, 2> outputs, Options options);

  void add(Record record);
  void add(std::vector<SentRow> group);
  /// As Store::set_last_words().
  void set_last_words(std::string words) { last_words_ = std::move(words); }
  /// ordered: no row will be announced any more.
  void announced_all() { order_.announced_all(); }
  Committed commit();
  /// Throws an Error if an output is not as it was left: rows that count as done may be lost.
  void check_outputs() {
    for (auto& file : outputs_) file.check_as_left();
  }
  /// Records that are not durable yet.
  std::size_t unsaved() const { return records_.size(); }

 private:
  struct Pending {
    Record record;
    Place place;
    bool written = false;  // place.offset is its own: the line is with the output; else it waits
  };
  struct Released {
    std::int64_t number;
    Place place;
  };

  OutputWriter& output(OutputFile file) { return outputs_[index_of(file)]; }
  bool on_disk(const Place& place) { return place.offset + place.length < output(place.file).written(); }
  void release();
  bool release_one();
  void let_out(std::int64_t number, const WaitingLine& line);
  std::optional<std::int64_t> earlier_after(std::int64_t number);
  std::optional<WaitingLine> take_waiting(std::uint64_t number);
  void write();
  void journal_all();
  void settle(Committed& result);
  void forget_waiting();

  Journal* journal_;
  std::array<OutputWriter, 2> outputs_;
  Options options_;
  std::map<std::uint64_t, Pending> records_;  // not durable
  std::vector<Released> released_;            // journaled as waiting, and out since
  std::vector<std::vector<SentRow>> sent_;    // not durable
  std::optional<std::string> last_words_;     // the same
  InOrder order_;
  std::map<std::uint64_t, WaitingLine> waiting_;  // ordered; those of records_, and others as memory allows
  std::size_t waiting_bytes_ = 0;
  std::optional<std::int64_t> earlier_;      // the lowest row that an earlier run left waiting
  std::unordered_set<std::uint64_t> again_;  // of those, the ones that are sent once more
};

/// What a record takes up in memory besides its text, about.
inline constexpr std::size_t record_overhead = 512;

}  // namespace headway::job
