#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string_view>
#include <utility>

#include <headway/options.hpp>
#include <headway/stage_times.hpp>

#include "net/message.hpp"

namespace headway::net {

class Exchange;

/// Who has an exchange at the moment: the queue of a host, or a connection.
class ExchangeHolder {
 public:
  /// Gives whether the server may have seen its request.
  virtual bool abandon(Exchange& exchange) = 0;
  /// Reads no more of its answer, or goes on.
  virtual void hold_back(Exchange& exchange, bool hold) = 0;
  /// Its times, with those of the stages that it is in.
  virtual StageTimes times_so_far(const Exchange& exchange) const = 0;

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
  /// The answer has come whole; its body is empty if it was handed over in pieces.
  virtual void replied(Reply reply) = 0;
  virtual void failed(Failure failure) = 0;

  /// Asked once, when the answer's head has come: whether the body is wanted in pieces, as it comes.
  virtual bool wants_pieces(const ReplyHead&) { return false; }
  /// The next piece of the body; valid during the call, in which the exchange may be held back or cancelled.
  virtual void received(std::string_view) {}

  /// Stops it wherever it is; nothing is called any more. Does nothing where it is not under way. Gives whether the server
  /// may have seen its request.
  bool cancel() { return holder_ && std::exchange(holder_, nullptr)->abandon(*this); }

  /// Reads no more of the answer until resume(), so that the server must wait: only this exchange's. A piece that is
  /// here already may still come.
  void pause() { hold_back(true); }
  void resume() { hold_back(false); }

  StageTimes& times() { return times_; }
  /// Of the stages that are over.
  const StageTimes& times() const { return times_; }
  StageTimes times_so_far() const { return holder_ ? holder_->times_so_far(*this) : times_; }

 private:
  friend class HostPool;
  friend class Http1Connection;
  friend class Http2Connection;

  void hold_back(bool hold) {
    if (holder_) holder_->hold_back(*this, hold);
  }

  StageTimes times_;
  std::chrono::steady_clock::time_point waiting_since_;
  ExchangeHolder* holder_ = nullptr;
  std::list<std::shared_ptr<Exchange>>::iterator place_;  // in its host's queue, while it is there
  void* stream_ = nullptr;                                // on an HTTP/2 connection, while it is there
};

}  // namespace headway::net
