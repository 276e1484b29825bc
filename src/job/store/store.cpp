#include "job/store/store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "job/store/fault_points.hpp"
#include "job/store/rewrite.hpp"

namespace headway::job {
namespace {

std::size_t size_of(const Record& record) {
  return record.text.size() + record_overhead;
}

// Lines that an ordered start has left waiting leave in order too, whatever this start is.
GroupWriter::Options writer_options(RunFiles& files, const StoreOptions& options) {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  GroupWriter::Options result;
  result.ordered = files.options().ordered || files.journal().first_waiting(lowest).has_value();
  result.durability = files.options().durability;
  result.waiting_memory = options.waiting_memory;
  return result;
}

}  // namespace

Store::Store(RunFiles files, StoreOptions options, StoreCallbacks callbacks)
    : files_(std::move(files)),
      options_(options),
      callbacks_(std::move(callbacks)),
      sent_before_(files_->journal().last_sent()),
      writer_(files_->journal(), files_->make_writers(), writer_options(*files_, options)) {
  files_->journal().start_run();
  thread_ = std::thread([this] { run(); });
}

Store::~Store() {
  close();
}

void Store::add(Record record) {
  const auto size = size_of(record);
  bytes_ += size;
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    const bool fills = queued_bytes_ < options_.commit_bytes && queued_bytes_ + size >= options_.commit_bytes;
    wakes = queue_.records.empty() || fills;
    queued_bytes_ += size;
    queue_.records.push_back(std::move(record));
  }
  if (wakes) wake_.notify_one();
}

void Store::may_send(std::vector<SentRow> group) {
  {
    const std::lock_guard lock(mutex_);
    queue_.groups.push_back(std::move(group));
  }
  wake_.notify_one();
}

void Store::set_last_words(std::string words) {
  {
    const std::lock_guard lock(mutex_);
    queue_.last_words = std::move(words);
  }
  wake_.notify_one();
}

void Store::admitted_all() {
  {
    const std::lock_guard lock(mutex_);
    queue_.admitted_all = true;
  }
  wake_.notify_one();
}

std::size_t Store::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  return unsaved_;
}

void Store::run() {
  while (true) {
    auto queue = wait();
    const bool last = queue.empty();
    commit(std::move(queue));
    if (last) return end();
  }
}

// An empty queue means that the store closes and all else was taken before.
Store::Queue Store::wait() {
  std::unique_lock lock(mutex_);
  const auto urgent = [this] {
    return closing_ || !queue_.groups.empty() || queue_.admitted_all || queued_bytes_ >= options_.commit_bytes;
  };
  wake_.wait(lock, [&] { return urgent() || !queue_.empty(); });
  wake_.wait_until(lock, committed_at_ + options_.interval, urgent);
  queued_bytes_ = 0;
  return std::exchange(queue_, {});
}

void Store::commit(Queue queue) {
  for (auto& group : queue.groups) writer_.add(std::move(group));
  for (auto& record : queue.records) writer_.add(std::move(record));
  if (queue.admitted_all) writer_.announced_all();
  if (queue.last_words) writer_.set_last_words(*std::move(queue.last_words));
  auto done = writer_.commit();
  committed_at_ = std::chrono::steady_clock::now();
  bytes_ -= done.bytes;
  if (!done.records.empty() && callbacks_.on_durable) callbacks_.on_durable(std::move(done.records));
  for (const auto number : done.sent) {
    if (callbacks_.on_may_send) callbacks_.on_may_send(number);
  }
  fault_point("after_told");
  if (done.error) fail(*done.error);
}

void Store::fail(const Error& error) {
  if (!std::exchange(failed_, true) && callbacks_.on_failure) callbacks_.on_failure(error);
}

void Store::forget_sent() {
  auto& journal = files_->journal();
  std::ranges::sort(*doubtful_, {}, &SentRow::number);
  Transaction transaction(journal.database());
  journal.forget_sent_after(sent_before_);
  journal.put_sent(*doubtful_);
  transaction.commit();
}

void Store::end_after(const Error& error) {
  fail(error);
  try {
    files_->journal().end_run("stopped: " + error.info().message);
  } catch (const std::exception&) {
    failed_ = true;  // and told: see above
  }
}

void Store::end() {
  unsaved_ = writer_.unsaved();
  try {
    writer_.check_outputs();
    if (options_.tidy && unsaved_ == 0) tidy(files_->journal(), files_->paths(), files_->options().ordered);
    if (doubtful_ && unsaved_ == 0) forget_sent();
    files_->journal().end_run(how_it_ended_);
  } catch (const std::exception&) {
    end_after(Error(std::current_exception()));
  }
  files_.reset();
}

}  // namespace headway::job
