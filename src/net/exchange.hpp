#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <utility>

#include <headway/options.hpp>
#include <headway/stage_times.hpp>

#include "net/message.hpp"

namespace headway::net {

class Exchange;

/// Who has an exchange at the moment: the queue of a host, or a connection.
class ExchangeHolder {
 public:
  virtual void abandon(Exchange& exchange) = 0;

 protected:
  ~ExchangeHolder() = default;
};

/// One request and its answer, on their way. Given to Pool::start, it ends with exactly one of replied(), failed() or a
/// cancel(); then it may be started again. Lives on the pool's loop.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  virtual ~Exchange() = default;

  /// Valid and unchanged from start to end.
  virtual const Request& request() const = 0;
  virtual const Timeouts& timeouts() const = 0;
  virtual void replied(Reply reply) = 0;
  virtual void failed(Failure failure) = 0;

  /// Stops it wherever it is; nothing is called any more. Does nothing where it is not under way.
  void cancel() {
    if (holder_) std::exchange(holder_, nullptr)->abandon(*this);
  }

  StageTimes& times() { return times_; }

 private:
  friend class HostPool;
  friend class Http1Connection;

  StageTimes times_;
  std::chrono::steady_clock::time_point waiting_since_;
  ExchangeHolder* holder_ = nullptr;
  std::list<std::shared_ptr<Exchange>>::iterator place_;  // in its host's queue, while it is there
};

}  // namespace headway::net
