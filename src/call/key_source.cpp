#include "call/key_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <utility>

#include <headway/error.hpp>

#include "call/key_command.hpp"

namespace headway::call {
namespace {

using KeyClock = KeySchedule::Clock;

constexpr auto patience = std::chrono::seconds(60);

struct GivenKey {
  std::string key;
  KeyClock::time_point when;
};

/// What commands have given to this process: a run checks its endpoints before it makes its client.
class GivenKeys {
 public:
  /// Runs the command, unless it has given a key since `not_before`.
  Outcome<GivenKey> of(const std::string& command, KeyClock::time_point not_before, int stop_fd) {
    const std::lock_guard one_at_a_time(mutex_);
    const auto known = keys_.find(command);
    if (known != keys_.end() && known->second.when >= not_before) return known->second;
    const auto asked = KeyClock::now();
    auto key = run_key_command(command, patience, stop_fd);
    if (!key) return key.error();
    return keys_[command] = GivenKey{*std::move(key), asked};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, GivenKey> keys_;
};

GivenKeys& given_keys() {
  static GivenKeys keys;
  return keys;
}

}  // namespace

KeySource::KeySource(std::string command, std::chrono::seconds lasts) : command_(std::move(command)), schedule_(lasts) {
  auto first = given_keys().of(command_, KeyClock::now() - lasts / 2, -1);
  if (!first) throw first.error();
  key_ = std::move(first->key);
  schedule_.got(first->when);
  if (::pipe2(stop_, O_CLOEXEC) != 0) throw Error(ErrorKind::configuration, "no pipe can be made for api_key_command");
  thread_ = std::thread([this] { keep_fresh(); });
}

KeySource::~KeySource() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
  ::close(stop_[1]);
  if (thread_.joinable()) thread_.join();
  ::close(stop_[0]);
}

std::string KeySource::key() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

std::string KeySource::trouble() const {
  const std::lock_guard lock(mutex_);
  return schedule_.is_over(KeyClock::now()) ? fault_ : std::string();
}

void KeySource::keep_fresh() {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_until(lock, schedule_.next(), [this] { return stopped_; })) {
    if (KeyClock::now() < schedule_.next()) continue;
    lock.unlock();
    ask_again();
    lock.lock();
  }
}

void KeySource::ask_again() {
  auto given = given_keys().of(command_, KeyClock::now() - std::chrono::seconds(1), stop_[0]);
  const std::lock_guard lock(mutex_);
  if (given) {
    key_ = std::move(given->key);
    fault_.clear();
    schedule_.got(given->when);
  } else {
    fault_ = given.error().info().message;
    schedule_.failed(KeyClock::now());
  }
}

}  // namespace headway::call
