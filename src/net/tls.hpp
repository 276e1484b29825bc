#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <headway/options.hpp>

#include "net/message.hpp"
#include "net/stream.hpp"

namespace headway::net {

/// What all TLS connections of a client share: TLS 1.2 or newer, the system's certificate authorities (or those of
/// SSL_CERT_FILE and SSL_CERT_DIR), and one more file of them if the user named one. Verification is always on. Sessions of
/// earlier connections to the same origin are resumed.
class TlsContext {
 public:
  /// Throws Error (`configuration`) if `ca_file` is not empty and can't be read as PEM.
  explicit TlsContext(const std::string& ca_file);
  ~TlsContext();

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A handshake under way. Destroying it ends it without a call to the handler.
class TlsHandshake {
 public:
  using Handler = boost::asio::any_completion_handler<void(std::optional<Failure>, std::unique_ptr<Stream>)>;

  virtual ~TlsHandshake() = default;
  /// Proves that the peer is the origin and gives the encrypted stream, or a Failure of kind `tls`.
  virtual void start(Handler handler) = 0;
  virtual void close() noexcept = 0;
};

std::shared_ptr<TlsHandshake> make_tls_handshake(TlsContext& context, boost::asio::ip::tcp::socket socket,
                                                 const Origin& origin, HttpVersion http);

}  // namespace headway::net
