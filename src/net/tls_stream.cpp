#include "net/tls_stream.hpp"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace headway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// What all connections of a thread share while they read.
struct TlsReadBuffers {
  std::array<char, 64 * 1024> encrypted;
  std::array<char, 64 * 1024 + SSL3_RT_MAX_PLAIN_LENGTH> plain;  // with the record whose first part came earlier
};

TlsReadBuffers& tls_read_buffers() {
  thread_local const auto buffers = std::make_unique<TlsReadBuffers>();
  return *buffers;
}

}  // namespace

class TlsStream::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, SSL_CTX* context) : channel(context), socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  void shake_hands(std::string_view received, WriteHandler handler) {
    error_code error;
    const bool done = channel.shake_hands(received, error);
    push();
    if (done || error) return post(std::move(handler), error);
    when_readable(std::move(handler), [](Connection& self, error_code read_error, std::string_view bytes, auto next) {
      if (read_error) return std::move(next)(read_error);
      self.shake_hands(bytes, std::move(next));
    });
  }

  void read(ReadHandler handler) {
    if (channel.has_unread()) {
      return asio::post(socket_.get_executor(), [self = shared_from_this(), handler = std::move(handler)]() mutable {
        const auto error = self->socket_.is_open() ? error_code() : asio::error::operation_aborted;
        self->decrypt(error, {}, std::move(handler));
      });
    }
    when_readable(std::move(handler), [](Connection& self, error_code error, std::string_view bytes, auto next) {
      self.decrypt(error, bytes, std::move(next));
    });
  }

  void write(std::string_view head, std::string_view body, WriteHandler handler) {
    head_ = head;
    body_ = body;
    write_handler_.swap(handler);  // 1.81 cannot move-assign it
    push();
  }

  void close() {
    if (!socket_.is_open()) return;
    if (channel.output().empty()) channel.shut_down();
    error_code ignored;
    if (!waits_for_room_ && !channel.output().empty()) socket_.write_some(asio::buffer(channel.output()), ignored);
    socket_.close(ignored);
    if (!waits_for_room_) written(asio::error::operation_aborted);
  }

  TlsChannel channel;

 private:
  /// Calls then(*this, error, bytes, handler) as soon as something, or the end, has come.
  template <typename Handler, typename Then>
  void when_readable(Handler handler, Then then) {
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this(), handler = std::move(handler), then](error_code error) mutable {
                         auto& buffer = tls_read_buffers().encrypted;
                         const auto size = error ? 0 : self->socket_.read_some(asio::buffer(buffer), error);
                         if (error == asio::error::would_block) return self->when_readable(std::move(handler), then);
                         if (error == asio::error::eof) error = self->channel.end_of_input();
                         then(*self, error, std::string_view(buffer.data(), size), std::move(handler));
                       });
  }

  void decrypt(error_code error, std::string_view bytes, ReadHandler handler) {
    if (error) return std::move(handler)(error, std::string_view());
    auto& plain = tls_read_buffers().plain;
    const auto size = channel.decrypt(bytes, plain, error);
    push();  // TLS's own answers, and what waited for its turn
    if (size == 0 && !error) return read(std::move(handler));
    std::move(handler)(error, std::string_view(plain.data(), size));
  }

  /// Writes what there is, as far as the socket takes it. An error is told to the writer; where there is none, the read
  /// will see it.
  void push() {
    error_code error;
    while (!waits_for_room_ && !error && has_output(error)) {
      const auto size = socket_.write_some(asio::buffer(channel.output()), error);
      channel.sent(size);
      if (error == asio::error::would_block) {
        error.clear();
        wait_for_room();
      }
    }
    const bool is_done = head_.empty() && body_.empty() && channel.output().empty();
    if (error || is_done) written(error);
  }

  bool has_output(error_code& error) {
    if (channel.output().empty()) channel.encrypt(head_, body_, error);
    return !error && !channel.output().empty();
  }

  void wait_for_room() {
    waits_for_room_ = true;
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
      self->waits_for_room_ = false;
      if (error) return self->written(error);
      self->push();
    });
  }

  void written(error_code error) {
    head_ = body_ = {};
    if (write_handler_) post(std::exchange(write_handler_, nullptr), error);
  }

  void post(WriteHandler handler, error_code error) {
    asio::post(socket_.get_executor(), [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
  }

  tcp::socket socket_;
  std::string_view head_;
  std::string_view body_;
  WriteHandler write_handler_;
  bool waits_for_room_ = false;
};

TlsStream::TlsStream(tcp::socket socket, SSL_CTX* context)
    : connection_(std::make_shared<Connection>(std::move(socket), context)) {}

TlsStream::~TlsStream() {
  close();
}

SSL* TlsStream::native_handle() const {
  return connection_->channel.native_handle();
}

void TlsStream::async_handshake(WriteHandler handler) {
  connection_->shake_hands({}, std::move(handler));
}

std::string TlsStream::protocol() const {
  return connection_->channel.protocol();
}

void TlsStream::async_read(ReadHandler handler) {
  connection_->read(std::move(handler));
}

void TlsStream::async_write(std::string_view head, std::string_view body, WriteHandler handler) {
  connection_->write(head, body, std::move(handler));
}

void TlsStream::close() noexcept {
  connection_->close();
}

}  // namespace headway::net
