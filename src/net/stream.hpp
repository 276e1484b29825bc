#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace headway::net {

/// A connected stream of bytes, plain or TLS. One read and one write may be pending at a time.
class Stream {
 public:
  using ReadHandler = boost::asio::any_completion_handler<void(boost::system::error_code, std::string_view)>;
  using WriteHandler = boost::asio::any_completion_handler<void(boost::system::error_code)>;

  virtual ~Stream() = default;

  /// What TLS agreed on (ALPN): "h2", "http/1.1", or nothing.
  virtual std::string protocol() const { return {}; }
  /// The next bytes; they are valid until the handler returns. A close by the peer is asio::error::eof; under TLS one
  /// without close_notify is ssl::error::stream_truncated.
  virtual void async_read(ReadHandler handler) = 0;
  /// Writes both, the one after the other; they must stay valid until the handler is called.
  virtual void async_write(std::string_view head, std::string_view body, WriteHandler handler) = 0;
  /// Ends what is pending with operation_aborted and closes.
  virtual void close() noexcept = 0;
};

/// `socket` is connected.
std::unique_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

}  // namespace headway::net
