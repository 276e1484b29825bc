#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "net/stream.hpp"
#include "net/tls_channel.hpp"

namespace headway::net {

/// A TlsChannel over a connected socket. All that has arrived is read, decrypted and handed over together, and what is
/// written leaves at once. It holds no buffer while it waits.
class TlsStream final : public Stream {
 public:
  TlsStream(boost::asio::ip::tcp::socket socket, SSL_CTX* context);
  ~TlsStream() override;

  SSL* native_handle() const;
  /// Before anything else, and once.
  void async_handshake(WriteHandler handler);

  std::string protocol() const override;
  void async_read(ReadHandler handler) override;
  void async_write(std::string_view head, std::string_view body, WriteHandler handler) override;
  void close() noexcept override;

 private:
  class Connection;

  std::shared_ptr<Connection> connection_;  // shared with its operations: some are nobody's but its own
};

}  // namespace headway::net
