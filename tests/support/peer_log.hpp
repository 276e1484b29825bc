#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "support/request.hpp"

namespace headway::test {

/// What a peer saw. Thread-safe.
class PeerLog {
 public:
  std::size_t connection_opened();
  void connection_closed();
  /// Gives the request its number and keeps a copy.
  void request_read(Request& request);
  void answer_begun();
  void fault(std::string what);

  std::vector<Request> requests() const;
  std::size_t request_count() const;
  std::size_t connections() const;
  std::size_t open_connections() const;
  std::size_t peak_in_progress() const;
  std::vector<std::string> faults() const;

  /// Whether `holds` came true in time. It may look at anything, and is called on the caller's thread.
  bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Request> requests_;
  std::vector<std::string> faults_;
  std::size_t connections_ = 0;
  std::size_t open_ = 0;
  std::size_t in_progress_ = 0;
  std::size_t peak_ = 0;
};

}  // namespace headway::test
