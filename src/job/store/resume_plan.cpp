#include "job/store/resume_plan.hpp"

#include <algorithm>

#include "job/store/row_id.hpp"

namespace headway::job {

ResumePlan::ResumePlan(std::function<std::optional<KnownRow>()> next, const std::vector<SentRow>& sent,
                       const std::vector<FoundLine>& found)
    : next_(std::move(next)), found_(&found), matched_(found.size()) {
  for (const auto& row : sent) ++sent_[row.content_hash];
  // The last line of an id is the one that counts: equal keys are looked at from the back.
  for (std::size_t i = 0; i < found.size(); ++i) found_by_id_.emplace(found[i].id_hash, i);
  for (known_ = next_(); known_ && known_->number < 0; known_ = next_()) {
    lowest_ = std::min(lowest_, known_->number);
    displaced_.push_back(*known_);
  }
}

void ResumePlan::add(const Row& row) {
  add({row.number, row.line, row.content_hash, row.request_hash, hash_of_id(row.custom_id), row.own_id, false});
}

void ResumePlan::add(const BadRow& row) {
  add({row.number, row.line, row.content_hash, 0, hash_of_id(row.custom_id), false, true});
}

void ResumePlan::add(const InputRow& row) {
  if (!displaced_keys_.empty()) return look_again_at(row);
  decisions_.resize(row.number + 1, Decision::fresh);
  for (; known_ && known_->number < static_cast<std::int64_t>(row.number); known_ = next_()) {
    displaced_.push_back(*known_);
  }
  std::optional<KnownRow> here;
  if (known_ && known_->number == static_cast<std::int64_t>(row.number)) {
    here = known_;
    known_ = next_();
  }
  const bool same_request = here && here->request_hash == row.request_hash && row.request_hash != 0;
  const bool same_content = here && here->content_hash == row.content_hash;
  if (is_found(row)) {
    if (here && !same_request && !same_content) displaced_.push_back(*here);
  } else if (same_request || same_content) {
    const bool both = same_request || here->request_hash == row.request_hash;
    decide_known(row, *here, both ? Same::request : Same::content);
  } else {
    if (here) displaced_.push_back(*here);
    leave_open(row);
  }
}

// Most rows without an end were never sent. To keep them all, in case one turns out to be a known row that has moved,
// would take a gigabyte for ten million.
void ResumePlan::leave_open(const InputRow& row) {
  if (sent_.contains(row.content_hash)) return unmatched_.push_back(row);
  open_.resize(row.number + 1);
  open_[row.number] = true;
  ++open_rows_;
}

bool ResumePlan::looks_again() {
  for (; known_; known_ = next_()) displaced_.push_back(*known_);
  if (open_rows_ == 0) return false;
  for (const auto& row : displaced_) {
    for (const auto key : {row.request_hash, row.content_hash, row.id_hash}) displaced_keys_.push_back(key);
  }
  std::ranges::sort(displaced_keys_);
  return !displaced_keys_.empty();
}

void ResumePlan::look_again_at(const InputRow& row) {
  const bool is_open = row.number < open_.size() && open_[row.number];
  const auto is_displaced = [this](std::uint64_t key) { return std::ranges::binary_search(displaced_keys_, key); };
  if (!is_open || !(is_displaced(row.request_hash) || is_displaced(row.content_hash) || is_displaced(row.id_hash))) {
    return;
  }
  --open_rows_;
  unmatched_.push_back(row);
}

bool ResumePlan::is_found(const InputRow& row) {
  if (found_by_id_.empty()) return false;
  const auto [begin, end] = found_by_id_.equal_range(row.id_hash);
  std::optional<std::size_t> best;
  for (auto it = begin; it != end; ++it) {
    const auto& line = (*found_)[it->second];
    const bool id_tells = row.own_id && !line.invalid;
    if (line.line != row.line && !id_tells) continue;
    if (matched_[it->second]) continue;
    matched_[it->second] = Matched{row.number, row.content_hash, row.request_hash};
    if (!best || it->second > *best) best = it->second;
  }
  if (!best) return false;
  decide(row, (*found_)[*best].file == OutputFile::results ? Decision::finished : Decision::failed);
  return true;
}

void ResumePlan::decide(const InputRow& row, Decision decision) {
  decisions_[row.number] = decision;
  switch (decision) {
    case Decision::fresh:
      ++counts_.fresh;
      break;
    case Decision::maybe_sent:
      ++counts_.maybe_sent;
      break;
    case Decision::finished:
      ++counts_.finished;
      break;
    case Decision::failed:
      ++counts_.failed;
      break;
    case Decision::changed:
      ++counts_.changed;
      break;
    case Decision::lost:
      ++counts_.lost;
      break;
  }
}

void ResumePlan::decide_known(const InputRow& row, const KnownRow& known, Same same) {
  const bool done = known.state == RowState::done;
  if (same == Same::request) {
    decide(row, known.lost ? Decision::lost : done ? Decision::finished : Decision::failed);
  } else if (done && !row.bad) {
    decide(row, Decision::changed);
    if (same == Same::content) ++counts_.changed_by_settings;
  } else if (done) {
    decide(row, Decision::finished);  // it cannot be sent any more
  } else {
    // A row that was edited, or was never sent, gets a new chance; other settings are the business of a retry.
    decide(row, same == Same::id || known.state == RowState::invalid ? Decision::fresh : Decision::failed);
  }
  const auto decision = decisions_[row.number];
  if (decision == Decision::changed || decision == Decision::lost) counts_.changed_cost += known.cost;
  if (known.sent_again) {
    ++counts_.maybe_sent_again;
    maybe_sent_.push_back({row.number, row.content_hash});
  }
  const auto number = static_cast<std::int64_t>(row.number);
  if (number == known.number) return;
  ++counts_.moved;
  moves_.emplace_back(known.number, number);
}

void ResumePlan::decide_unknown(const InputRow& row) {
  const auto sent = row.bad ? sent_.end() : sent_.find(row.content_hash);
  if (sent == sent_.end()) return decide(row, Decision::fresh);
  if (--sent->second == 0) sent_.erase(sent);
  maybe_sent_.push_back({row.number, row.content_hash});
  decide(row, Decision::maybe_sent);
}

const ResumeCounts& ResumePlan::finish() {
  displaced_keys_ = {};
  open_ = {};
  counts_.fresh += open_rows_;
  if (!displaced_.empty()) {
    match(Same::request, [](const auto& row) { return row.request_hash; });
    match(Same::content, [](const auto& row) { return row.content_hash; });
    match(Same::id, [](const auto& row) { return row.id_hash; });
    leave_gone();
  }
  std::ranges::sort(unmatched_, {}, &InputRow::number);
  for (const auto& row : unmatched_) decide_unknown(row);
  std::ranges::sort(maybe_sent_, {}, &SentRow::number);
  counts_.gone += static_cast<std::uint64_t>(std::ranges::count(matched_, false, &std::optional<Matched>::has_value));
  next_ = nullptr;  // it may hold the journal open
  displaced_ = {};
  unmatched_ = {};
  found_by_id_ = {};
  return counts_;
}

// Pairs the rows left over on both sides that have the same key, one with one. A key of 0 is not known.
template <class Key>
void ResumePlan::match(Same same, Key key) {
  const auto before = [&](const auto& a, const auto& b) {
    return std::pair(key(a), a.number) < std::pair(key(b), b.number);
  };
  std::ranges::sort(displaced_, before);
  std::ranges::sort(unmatched_, before);
  std::vector<KnownRow> known_left;
  std::vector<InputRow> input_left;
  auto known = displaced_.begin();
  for (const auto& row : unmatched_) {
    while (known != displaced_.end() && key(*known) < key(row)) known_left.push_back(*known++);
    if (known == displaced_.end() || key(*known) != key(row) || key(row) == 0) {
      input_left.push_back(row);
    } else {
      decide_known(row, *known++, same);
    }
  }
  known_left.insert(known_left.end(), known, displaced_.end());
  displaced_ = std::move(known_left);
  unmatched_ = std::move(input_left);
}

void ResumePlan::leave_gone() {
  counts_.gone += displaced_.size();
  for (const auto& row : displaced_) {
    if (row.number >= 0) moves_.emplace_back(row.number, --lowest_);
  }
}

}  // namespace headway::job
