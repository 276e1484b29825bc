#include "job/store/group_writer.hpp"

#include <limits>
#include <utility>

#include "job/store/fault_points.hpp"

namespace headway::job {

GroupWriter::GroupWriter(Journal& journal, std::array<OutputWriter, 2> outputs, Options options)
    : journal_(&journal), outputs_(std::move(outputs)), options_(options) {
  if (options_.ordered) earlier_ = journal.first_waiting(std::numeric_limits<std::int64_t>::min());
}

void GroupWriter::add(Record record) {
  const auto number = record.number;
  auto& pending = records_[number];
  pending.record = std::move(record);
  const auto file = pending.record.state == RowState::done ? OutputFile::results : OutputFile::errors;
  const auto text = std::exchange(pending.record.text, {});
  pending.place = {file, 0, static_cast<std::int64_t>(text.size())};
  pending.written = !options_.ordered;
  if (!options_.ordered) {
    pending.place.offset = output(file).add(text);
    return;
  }
  again_.erase(number);
  auto& line = waiting_[number];
  line.file = file;
  line.text = text;
  waiting_bytes_ += text.size();
}

void GroupWriter::add(std::vector<SentRow> group) {
  if (options_.ordered) {
    for (const auto& row : group) {
      order_.announce(row.number);
      if (earlier_ && journal_->waiting(row.number)) again_.insert(row.number);
    }
  }
  sent_.push_back(std::move(group));
}

void GroupWriter::release() {
  while (options_.ordered && release_one()) {
  }
}

// What may throw comes before what changes anything, so a failure can be followed by another try.
bool GroupWriter::release_one() {
  if (earlier_ && order_.may_leave(*earlier_) && (*earlier_ < 0 || order_.due() != *earlier_)) {
    const auto line = journal_->waiting(static_cast<std::uint64_t>(*earlier_));
    const auto next = earlier_after(*earlier_);
    if (line) let_out(*earlier_, *line);
    earlier_ = next;
    return true;
  }
  const auto due = order_.due();
  if (!due) return false;
  const auto number = static_cast<std::int64_t>(*due);
  const auto next = earlier_after(number);
  const auto line = take_waiting(*due);
  if (!line) return false;
  let_out(number, *line);
  order_.left();
  earlier_ = next;
  return true;
}

std::optional<std::int64_t> GroupWriter::earlier_after(std::int64_t number) {
  return earlier_ && *earlier_ <= number ? journal_->first_waiting(number + 1) : earlier_;
}

std::optional<WaitingLine> GroupWriter::take_waiting(std::uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) {
    return again_.contains(number) ? std::nullopt : journal_->waiting(number);
  }
  auto line = std::move(found->second);
  waiting_.erase(found);
  waiting_bytes_ -= line.text.size();
  return line;
}

void GroupWriter::let_out(std::int64_t number, const WaitingLine& line) {
  const auto offset = output(line.file).add(line.text);
  const auto found = records_.find(static_cast<std::uint64_t>(number));
  if (number < 0 || found == records_.end()) {
    released_.push_back({number, {line.file, offset, static_cast<std::int64_t>(line.text.size())}});
    return;
  }
  found->second.place.offset = offset;
  found->second.written = true;
}

Committed GroupWriter::commit() {
  Committed result;
  try {
    release();
    write();
  } catch (const std::exception&) {
    result.error = Error(std::current_exception());  // yet what did get written is committed
  }
  try {
    if (options_.durability == Durability::power) {
      for (auto& file : outputs_) file.sync();
      fault_point("after_sync");
    }
    journal_all();
    settle(result);
  } catch (const std::exception&) {
    if (!result.error) result.error = Error(std::current_exception());
  }
  return result;
}

void GroupWriter::write() {
  std::optional<Error> failure;
  for (auto& file : outputs_) {
    try {
      file.flush();
    } catch (const Error& error) {
      failure = error;  // the other file may have room
    }
  }
  if (failure) throw Error(*failure);
}

void GroupWriter::journal_all() {
  if (records_.empty() && released_.empty() && sent_.empty() && !last_words_) return;
  journal_->check_in_place();
  Transaction transaction(journal_->database());
  for (const auto& [number, row] : records_) {
    if (row.written && !on_disk(row.place)) continue;
    const auto offset = row.written ? std::optional(row.place.offset) : std::nullopt;
    journal_->put(row.record, row.place.file, row.place.length, offset);
    if (!row.written) {
      journal_->put_waiting(number, waiting_.at(number).text);
    } else if (options_.ordered) {
      journal_->drop_waiting(number);
    }
  }
  for (const auto& row : released_) {
    if (on_disk(row.place)) journal_->put_place(row.number, row.place);
  }
  for (const auto& group : sent_) journal_->put_sent(group);
  if (last_words_) journal_->set_setting("last_words", *last_words_);
  for (const auto file : output_files) journal_->set_file_end(file, output(file).file_end());
  fault_point("before_commit");
  transaction.commit();
  fault_point("after_commit");
}

void GroupWriter::settle(Committed& result) {
  for (auto row = records_.begin(); row != records_.end();) {
    if (row->second.written && !on_disk(row->second.place)) {
      ++row;
      continue;
    }
    result.bytes += static_cast<std::size_t>(row->second.place.length) + record_overhead;
    result.records.push_back(std::move(row->second.record));
    row = records_.erase(row);
  }
  std::erase_if(released_, [&](const Released& row) { return on_disk(row.place); });
  last_words_.reset();
  for (const auto& group : std::exchange(sent_, {})) {
    if (!group.empty()) result.sent.push_back(group.back().number);
  }
  forget_waiting();
}

// Those whose turn is farthest off first; all of them are in the journal by now.
void GroupWriter::forget_waiting() {
  while (waiting_bytes_ > options_.waiting_memory) {
    const auto last = std::prev(waiting_.end());
    waiting_bytes_ -= last->second.text.size();
    waiting_.erase(last);
  }
}

}  // namespace headway::job
