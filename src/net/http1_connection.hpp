#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/exchange.hpp"
#include "net/exchange_clock.hpp"
#include "net/http1_codec.hpp"
#include "net/stream.hpp"

namespace headway::net {

class Http1Connection;

/// Who keeps connections: told when one can take the next exchange, and when one is gone. Not called from inside a
/// connection's own members but close().
class ConnectionKeeper {
 public:
  virtual void connection_free(const std::shared_ptr<Http1Connection>& connection) = 0;
  virtual void connection_gone(const std::shared_ptr<Http1Connection>& connection) = 0;

 protected:
  ~ConnectionKeeper() = default;
};

/// One HTTP/1.1 connection: one exchange at a time, kept open between them. A read is always pending, so a close by the
/// server is seen while it is idle.
class Http1Connection final : public ExchangeHolder, public std::enable_shared_from_this<Http1Connection> {
 public:
  Http1Connection(boost::asio::any_io_executor executor, std::unique_ptr<Stream> stream, std::size_t max_body,
                  ConnectionKeeper& keeper);

  /// Begins to listen; call once.
  void open() { read(); }
  /// Sends the exchange's request. The connection must be free.
  void run(std::shared_ptr<Exchange> exchange);
  /// Closes; an exchange under way is dropped without a word. The keeper is not told any more.
  void close();
  void abandon(Exchange& exchange) override;

  /// Marks the moment since which it has nothing to do.
  void rest(std::chrono::steady_clock::time_point now) { idle_since_ = now; }
  std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }

 private:
  void write();
  void read();
  void on_written(boost::system::error_code error);
  void on_read(boost::system::error_code error, std::string_view bytes);
  void on_closed(boost::system::error_code error);
  void watch();
  void on_expiry();
  void deliver();
  void fail(Failure failure);
  std::shared_ptr<Exchange> release();
  void leave();

  std::unique_ptr<Stream> stream_;
  ConnectionKeeper* keeper_;
  boost::asio::steady_timer timer_;
  Http1Decoder decoder_;
  ExchangeClock clock_;
  std::shared_ptr<Exchange> exchange_;
  std::string head_;
  std::chrono::steady_clock::time_point idle_since_;
  std::chrono::steady_clock::time_point armed_until_ = std::chrono::steady_clock::time_point::max();
  bool writing_ = false;
  bool written_ = false;
  bool closed_ = false;
};

}  // namespace headway::net
