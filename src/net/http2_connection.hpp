#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/answer_memory.hpp"
#include "net/connection.hpp"
#include "net/http2_session.hpp"
#include "net/stream.hpp"

namespace headway::net {

/// One HTTP/2 connection: an Http2Session between a stream of bytes and the exchanges that share it. What several
/// exchanges send in one turn of the loop is written at once.
class Http2Connection final : public Connection {
 public:
  Http2Connection(boost::asio::any_io_executor executor, std::unique_ptr<Stream> stream, const Http2Limits& limits,
                  AnswerMemory& memory, ConnectionKeeper& keeper);
  ~Http2Connection() override;

  void open() override;
  void run(std::shared_ptr<Exchange> exchange) override;
  void close() override;
  bool abandon(Exchange& exchange) override;
  void hold_back(Exchange& exchange, bool hold) override;
  StageTimes times_so_far(const Exchange& exchange) const override;

  std::size_t load() const override { return session_.streams().size(); }
  std::size_t room() const override { return closed_ ? 0 : session_.room(); }
  std::optional<std::size_t> width() const override { return session_.width(); }

 private:
  struct Lane;

  void read();
  void on_read(boost::system::error_code error, std::string_view bytes);
  void flush_soon();
  void flush();
  void on_written(boost::system::error_code error);
  void settle();
  void pass_on(Lane& lane);
  void tell_keeper();
  void watch(std::chrono::steady_clock::time_point expiry);
  void on_expiry();
  std::chrono::steady_clock::time_point end_expired(std::chrono::steady_clock::time_point now);
  std::unique_ptr<Lane> release(Lane& lane);
  void leave();
  std::shared_ptr<Http2Connection> self() { return std::static_pointer_cast<Http2Connection>(shared_from_this()); }

  boost::asio::any_io_executor executor_;
  std::unique_ptr<Stream> stream_;
  std::size_t max_body_;
  AnswerMemory& memory_;
  Http2Session session_;
  ConnectionKeeper* keeper_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point armed_until_ = std::chrono::steady_clock::time_point::max();
  std::string output_;
  bool flush_pending_ = false;
  bool writing_ = false;
  bool ending_told_ = false;
  bool closed_ = false;
};

}  // namespace headway::net
