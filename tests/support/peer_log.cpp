#include "support/peer_log.hpp"

#include <algorithm>

namespace headway::test {

std::size_t PeerLog::connection_opened() {
  const std::lock_guard lock(mutex_);
  ++open_;
  changed_.notify_all();
  return ++connections_;
}

void PeerLog::connection_closed() {
  const std::lock_guard lock(mutex_);
  --open_;
  changed_.notify_all();
}

void PeerLog::request_read(Request& request) {
  const std::lock_guard lock(mutex_);
  request.number = requests_.size() + 1;
  requests_.push_back(request);
  peak_ = std::max(peak_, ++in_progress_);
  changed_.notify_all();
}

void PeerLog::answer_begun() {
  const std::lock_guard lock(mutex_);
  --in_progress_;
}

void PeerLog::fault(std::string what) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(what));
  changed_.notify_all();
}

std::vector<Request> PeerLog::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t PeerLog::request_count() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

std::size_t PeerLog::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::size_t PeerLog::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

std::size_t PeerLog::peak_in_progress() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

std::vector<std::string> PeerLog::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

bool PeerLog::wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    // Looked at again from time to time too, since `holds` may depend on more than the log.
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace headway::test
