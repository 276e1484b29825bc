#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "call/key_schedule.hpp"

namespace headway::call {

/// The key that a command gives, and that ends: before it does, a thread asks the command again. For all threads.
class KeySource {
 public:
  /// Runs the command and waits for it, at most a minute, unless another source was given a key by the same command that is
  /// not to be asked for again yet. In a process one command runs at a time. Throws Error (`configuration`): it gives no key.
  KeySource(std::string command, std::chrono::seconds lasts);
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  ~KeySource();

  std::string key() const;
  /// Why the key is past its end and there is no other; empty: it is not.
  std::string trouble() const;

 private:
  void ask_again();
  void keep_fresh();

  std::string command_;
  int stop_[2] = {-1, -1};  // a pipe: its end ends a command that runs
  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  KeySchedule schedule_;
  std::string key_;
  std::string fault_;
  std::thread thread_;
};

}  // namespace headway::call
