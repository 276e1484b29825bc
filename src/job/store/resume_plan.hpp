#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "job/record.hpp"
#include "job/row.hpp"
#include "job/store/recovery.hpp"

namespace headway::job {

/// What is to be done with a row of the input.
enum class Decision : std::uint8_t {
  fresh,       ///< send it: it was never sent, or it failed and was edited since
  maybe_sent,  ///< it may have been sent, and no end of it is known: to send it may bill it twice
  finished,    ///< nothing: its answer is there
  failed,      ///< nothing: it failed before (`headway retry` sends it again)
  changed,     ///< its answer is there, but the row or the settings have changed since
  lost,        ///< it ended, but its line went with its file
};

struct ResumeCounts {
  std::uint64_t fresh = 0;
  std::uint64_t maybe_sent = 0;
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t changed = 0;
  std::uint64_t lost = 0;
  std::uint64_t maybe_sent_again = 0;     ///< of the last four: they may have been sent again since they ended
  std::uint64_t changed_by_settings = 0;  ///< of changed: the input's row is as it was
  std::uint64_t moved = 0;                ///< stand elsewhere in the input than before
  std::uint64_t gone = 0;                 ///< ended before, and the input no longer has them; their lines stay
  Money changed_cost;                     ///< what the changed and lost rows cost before
};

/// A row that the journal knows.
struct KnownRow {
  std::int64_t number = 0;  ///< below 0: the input did not have it the last time
  std::uint64_t content_hash = 0;
  std::uint64_t request_hash = 0;
  std::uint64_t id_hash = 0;
  RowState state = RowState::done;
  bool lost = false;
  bool sent_again = false;  ///< it may have been sent since it ended, and nobody knows what came of that
  Money cost;               ///< of a sending
};

/// Holds the input against what is known of an earlier run: decide() once, then decision() for any row.
///
/// A row is recognised by its request where it stood before; else, wherever it stands, by its request, then by its
/// content (the settings changed), then by its custom_id (it was edited). Rows with the same contents are told apart by
/// their order only. Memory: a byte and a bit for each row of the input, and about 150 bytes for each row that does not
/// stand where it stood.
class ResumePlan {
 public:
  /// `next` gives the known rows by rising number, then nothing. `sent`: content hashes of the rows that may have been
  /// sent and have not ended. `found`: lines of which the numbers are not known.
  ResumePlan(std::function<std::optional<KnownRow>()> next, const std::vector<SentRow>& sent,
             const std::vector<FoundLine>& found);

  /// Nothing is known of an earlier run: every row is fresh, and none need be added.
  bool knows_nothing() const { return !known_ && displaced_.empty() && sent_.empty() && found_->empty(); }
  /// `read` adds all rows of the input in order (those that --limit or --sample leave out too: else they count as gone).
  /// It is called once more if known rows do not stand where they stood, to find out where they are now.
  template <class Read>
  const ResumeCounts& decide(Read read) {
    read();
    if (looks_again()) read();
    return finish();
  }
  void add(const Row& row);
  void add(const BadRow& row);
  /// Of known and added rows those that are kept whole, until decide() is over.
  std::size_t rows_held() const { return displaced_.size() + unmatched_.size(); }
  const ResumeCounts& counts() const { return counts_; }
  /// Rows that were not added are fresh.
  Decision decision(std::uint64_t number) const {
    return number < decisions_.size() ? decisions_[number] : Decision::fresh;
  }

  /// A found line's row.
  struct Matched {
    std::uint64_t number = 0;
    std::uint64_t content_hash = 0;
    std::uint64_t request_hash = 0;
  };
  /// For each of `found`, in its order; nothing for a line whose row the input does not have.
  const std::vector<std::optional<Matched>>& matched() const { return matched_; }
  /// Old and new numbers of known rows that are to be renumbered. New ones below 0 are of rows that are gone.
  const std::vector<std::pair<std::int64_t, std::int64_t>>& moves() const { return moves_; }
  /// The rows of which nobody knows what came of their last sending, by number: those decided maybe_sent, and those that
  /// had ended before.
  const std::vector<SentRow>& maybe_sent() const { return maybe_sent_; }

 private:
  struct InputRow {
    std::uint64_t number = 0;
    std::uint64_t line = 0;
    std::uint64_t content_hash = 0;
    std::uint64_t request_hash = 0;
    std::uint64_t id_hash = 0;
    bool own_id = false;
    bool bad = false;
  };
  enum class Same { request, content, id };

  void add(const InputRow& row);
  void look_again_at(const InputRow& row);
  void leave_open(const InputRow& row);
  bool looks_again();
  const ResumeCounts& finish();
  bool is_found(const InputRow& row);
  void decide(const InputRow& row, Decision decision);
  void decide_known(const InputRow& row, const KnownRow& known, Same same);
  void decide_unknown(const InputRow& row);
  template <class Key>
  void match(Same same, Key key);
  void leave_gone();

  std::function<std::optional<KnownRow>()> next_;
  std::optional<KnownRow> known_;
  std::unordered_map<std::uint64_t, std::uint32_t> sent_;  // by content: how many
  const std::vector<FoundLine>* found_;
  std::unordered_multimap<std::uint64_t, std::size_t> found_by_id_;
  std::vector<std::optional<Matched>> matched_;
  std::vector<KnownRow> displaced_;
  std::vector<InputRow> unmatched_;
  std::vector<bool> open_;  // neither decided nor in unmatched_: fresh, if it is none of the displaced
  std::uint64_t open_rows_ = 0;
  std::vector<std::uint64_t> displaced_keys_;  // set: the input is read again
  std::vector<Decision> decisions_;
  std::vector<std::pair<std::int64_t, std::int64_t>> moves_;
  std::vector<SentRow> maybe_sent_;
  std::int64_t lowest_ = 0;
  ResumeCounts counts_;
};

}  // namespace headway::job
