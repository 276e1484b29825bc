#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include "net/stream.hpp"

namespace headway::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Waits until bytes are there and reads them into a buffer that all streams of the thread share, so that a connection
/// that waits holds no buffer.
class TcpStream final : public Stream {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void async_read(ReadHandler handler) override {
    socket_.async_wait(asio::ip::tcp::socket::wait_read,
                       [this, handler = std::move(handler)](error_code error) mutable {
                         if (error) return std::move(handler)(error, std::string_view());
                         read_now(std::move(handler));
                       });
  }

  void async_write(std::string_view head, std::string_view body, WriteHandler handler) override {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    asio::async_write(socket_, buffers, [handler = std::move(handler)](error_code error, std::size_t) mutable {
      std::move(handler)(error);
    });
  }

  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void read_now(ReadHandler handler) {
    thread_local std::array<char, 64 * 1024> shared;
    error_code error;
    const auto size = socket_.read_some(asio::buffer(shared), error);
    if (error == asio::error::would_block) return async_read(std::move(handler));
    std::move(handler)(error, std::string_view(shared.data(), size));
  }

  asio::ip::tcp::socket socket_;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket) {
  return std::make_unique<TcpStream>(std::move(socket));
}

}  // namespace headway::net
