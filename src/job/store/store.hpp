#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <headway/error.hpp>

#include "job/record.hpp"
#include "job/store/group_writer.hpp"
#include "job/store/run_files.hpp"

namespace headway::job {

/// All are called on the store's thread, and must not throw.
struct StoreCallbacks {
  StoreCallbacks() {}

  /// These rows are durable: they count as done. Their texts are gone.
  std::function<void(std::vector<Record>)> on_durable;
  /// The rows up to this number may be sent: groups become so in the order they were given.
  std::function<void(std::uint64_t)> on_may_send;
  /// Something could not be written or committed. Once. No further rows should be admitted; records given from now on
  /// are kept as far as they can be, each group being tried again with the next one and at close().
  std::function<void(Error)> on_failure;
};

struct StoreOptions {
  StoreOptions() {}

  std::chrono::nanoseconds interval = std::chrono::milliseconds(20);  ///< between two commits of records, at least
  std::size_t commit_bytes = 4 << 20;                                 ///< so much is committed before the interval ends
  std::size_t queue_bytes = 16 << 20;                                 ///< full() beyond
  std::size_t waiting_memory = 16 << 20;                              ///< as in GroupWriter::Options
  bool tidy = false;  ///< close() removes lines that this run has made untrue, as a retry or --rerun-changed does
};

/// Owns the run's files and a thread that writes them. The functions are for one other thread and never wait for a
/// disk, but for close().
class Store {
 public:
  /// `files`: after apply().
  Store(RunFiles files, StoreOptions options, StoreCallbacks callbacks);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  /// A row ended. With an ordered output it must be among those told to may_send(), invalid rows too.
  void add(Record record);
  /// These rows are about to be sent, in rising order: asks for on_may_send of the last. Committed at once.
  void may_send(std::vector<SentRow> group);
  /// What `headway status` tells of why rows wait, as words_json() has it. Is committed with what comes next, or soon.
  void set_last_words(std::string words);
  /// No more may_send() will come in this run: all the input was admitted. Matters to an ordered output only.
  void admitted_all();
  /// Whether so much is not yet durable that nothing should be admitted. Ask again when on_durable was called.
  bool full() const { return bytes_.load(std::memory_order_relaxed) >= options_.queue_bytes; }

  /// Of all rows told to may_send() it is known how they ended, or that nothing of them was sent, but for these: they may
  /// be billed twice. Call it before close(), if it is so.
  void all_known_but(std::vector<SentRow> doubtful) { doubtful_ = std::move(doubtful); }

  /// What `headway status` says of the end. Call it before close().
  void set_how_it_ended(std::string how) { how_it_ended_ = std::move(how); }

  /// Writes and commits all, and gives the files free. Blocks. Returns how many records could not be made durable.
  std::size_t close();

 private:
  struct Queue {
    std::vector<Record> records;
    std::vector<std::vector<SentRow>> groups;
    std::optional<std::string> last_words;
    bool admitted_all = false;

    bool empty() const { return records.empty() && groups.empty() && !last_words && !admitted_all; }
  };

  void run();
  Queue wait();
  void commit(Queue queue);
  void end();
  void end_after(const Error& error);
  void forget_sent();
  void fail(const Error& error);

  std::optional<RunFiles> files_;
  StoreOptions options_;
  StoreCallbacks callbacks_;
  std::int64_t sent_before_;
  std::optional<std::vector<SentRow>> doubtful_;  // before closing_ is set, then the thread's
  std::string how_it_ended_;                      // the same
  GroupWriter writer_;
  std::atomic<std::size_t> bytes_ = 0;
  bool failed_ = false;
  std::size_t unsaved_ = 0;
  std::chrono::steady_clock::time_point committed_at_;

  std::mutex mutex_;
  std::condition_variable wake_;
  Queue queue_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  std::thread thread_;  // the last: it uses all the others
};

}  // namespace headway::job
