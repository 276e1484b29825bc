#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/answer_memory.hpp"
#include "net/body_pipe.hpp"
#include "net/connection.hpp"
#include "net/exchange_clock.hpp"
#include "net/http1_codec.hpp"
#include "net/stream.hpp"

namespace headway::net {

/// One HTTP/1.1 connection: one exchange at a time, kept open between them. A read is always pending, so a close by the
/// server is seen while it is idle.
class Http1Connection final : public Connection {
 public:
  Http1Connection(boost::asio::any_io_executor executor, std::unique_ptr<Stream> stream, std::size_t max_body,
                  AnswerMemory& memory, ConnectionKeeper& keeper);

  void open() override { read(); }
  void run(std::shared_ptr<Exchange> exchange) override;
  void close() override;
  bool abandon(Exchange& exchange) override;
  void hold_back(Exchange& exchange, bool hold) override;
  StageTimes times_so_far(const Exchange& exchange) const override;

  std::size_t load() const override { return exchange_ ? 1 : 0; }
  std::size_t room() const override { return exchange_ || closed_ ? 0 : 1; }
  std::optional<std::size_t> width() const override { return 1; }

 private:
  void write();
  void read();
  void read_on();
  std::optional<Failure> pass_on();
  void on_written(boost::system::error_code error);
  void on_read(boost::system::error_code error, std::string_view bytes);
  void on_closed(boost::system::error_code error);
  void watch();
  void on_expiry();
  void deliver();
  void fail(Failure failure);
  std::shared_ptr<Http1Connection> self() { return std::static_pointer_cast<Http1Connection>(shared_from_this()); }
  std::shared_ptr<Exchange> release();
  void leave();

  std::unique_ptr<Stream> stream_;
  ConnectionKeeper* keeper_;
  boost::asio::steady_timer timer_;
  Http1Decoder decoder_;
  ExchangeClock clock_;
  std::shared_ptr<Exchange> exchange_;
  std::string head_;
  std::chrono::steady_clock::time_point armed_until_ = std::chrono::steady_clock::time_point::max();
  std::size_t max_body_;
  AnswerMemory& memory_;
  std::optional<BodyPipe> pipe_;  // of the exchange under way
  bool held_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool written_ = false;
  bool closed_ = false;
};

}  // namespace headway::net
