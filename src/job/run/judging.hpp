#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include <headway/outcome.hpp>
#include <headway/response.hpp>

#include "job/record.hpp"
#include "job/run/asked_row.hpp"
#include "job/run/row_end.hpp"
#include "job/run/side_threads.hpp"

namespace headway::job {

/// Judges answers whose judging may take long. On the loop it would hold up all other calls, signals and limits: 50 of them
/// for seconds. Lives on the loop.
class Judging {
 public:
  using Done = std::function<void(Record)>;

  /// It stays where it is as long as there is something to judge.
  explicit Judging(SideThreads& side) : side_(side) {}
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  /// How the row has ended, by `ends`, once that is known: for what RowEnds::quickly() does not say. The row is not to be
  /// changed until then. `done` is called on the loop, and throws what judging has thrown.
  void judge(std::shared_ptr<const AskedRow> asked, Outcome<RawResponse> outcome, std::shared_ptr<const RowEnds> ends,
             Done done);
  /// Those that wait have judge_in_haste() from now on, as where the threads are hurried.
  void hurry() { hurried_ = true; }

  /// Answers not judged yet.
  std::size_t waiting() const { return waiting_; }
  /// So much waits that nothing more should be asked for now.
  bool full() const { return waiting_ >= most_waiting || bytes_ >= most_bytes; }

 private:
  struct Case;

  static constexpr std::size_t most_waiting = 256;
  static constexpr std::size_t most_bytes = 16 << 20;

  SideThreads& side_;
  std::atomic<bool> hurried_ = false;
  std::size_t waiting_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace headway::job
