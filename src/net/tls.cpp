#include "net/tls.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "net/tls_sessions.hpp"
#include "net/trusted_certificates.hpp"

namespace headway::net {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

struct TlsContext::Impl {
  ssl::context context{ssl::context::tls_client};
  TlsSessions sessions;
};

namespace {

using TlsSocket = ssl::stream<asio::ip::tcp::socket>;

class TlsStream final : public Stream {
 public:
  explicit TlsStream(std::unique_ptr<TlsSocket> socket) : socket_(std::move(socket)) {}

  std::string protocol() const override {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(socket_->native_handle(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  void async_read(ReadHandler handler) override {
    socket_->async_read_some(asio::buffer(buffer_),
                             [this, handler = std::move(handler)](error_code error, std::size_t size) mutable {
                               std::move(handler)(error, std::string_view(buffer_.data(), size));
                             });
  }

  void async_write(std::string_view head, std::string_view body, WriteHandler handler) override {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    asio::async_write(*socket_, buffers, [handler = std::move(handler)](error_code error, std::size_t) mutable {
      std::move(handler)(error);
    });
  }

  void close() noexcept override {
    error_code ignored;
    socket_->lowest_layer().close(ignored);
  }

 private:
  std::unique_ptr<TlsSocket> socket_;
  std::array<char, 8 * 1024> buffer_;
};

void expect_peer(SSL* connection, const std::string& host) {
  error_code is_a_name;
  asio::ip::make_address(host, is_a_name);
  if (is_a_name) {
    SSL_set_tlsext_host_name(connection, host.c_str());
    SSL_set1_host(connection, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str());
  }
}

void offer_protocols(SSL* connection, HttpVersion http) {
  // Each name with its length before it (RFC 7301).
  using namespace std::string_view_literals;
  const auto names = http == HttpVersion::http_1_1 ? "\x8http/1.1"sv
                     : http == HttpVersion::http_2 ? "\x2h2"sv
                                                   : "\x2h2\x8http/1.1"sv;
  SSL_set_alpn_protos(connection, reinterpret_cast<const unsigned char*>(names.data()),
                      static_cast<unsigned int>(names.size()));
}

class Handshake final : public TlsHandshake, public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(TlsContext::Impl& context, asio::ip::tcp::socket socket, const Origin& origin, HttpVersion http)
      : socket_(std::make_unique<TlsSocket>(std::move(socket), context.context)), origin_(origin), http_(http) {
    expect_peer(socket_->native_handle(), origin_.host);
    offer_protocols(socket_->native_handle(), http);
    context.sessions.watch(socket_->native_handle(), origin_.host_and_port());
  }

  void start(Handler handler) override {
    socket_->async_handshake(ssl::stream_base::client,
                             [self = shared_from_this(), handler = std::move(handler)](error_code error) mutable {
                               if (error) return std::move(handler)(self->failure(error), nullptr);
                               auto stream = std::make_unique<TlsStream>(std::move(self->socket_));
                               if (self->http_ == HttpVersion::http_2 && stream->protocol() != "h2") {
                                 return std::move(handler)(self->no_http2(), nullptr);
                               }
                               std::move(handler)(std::nullopt, std::move(stream));
                             });
  }

  void close() noexcept override {
    error_code ignored;
    if (socket_) socket_->lowest_layer().close(ignored);
  }

 private:
  Failure failure(error_code error) const {
    TlsSessions::forget(socket_->native_handle());
    const auto verified = SSL_get_verify_result(socket_->native_handle());
    if (verified != X509_V_OK) {
      return {ErrorKind::tls, fmt::format("the certificate of {} is not trusted: {}", origin_.host_and_port(),
                                          X509_verify_cert_error_string(verified))};
    }
    return {ErrorKind::tls, fmt::format("the TLS handshake with {} failed: {}", origin_.host_and_port(),
                                        error == asio::error::eof ? "the server closed it" : error.message())};
  }

  Failure no_http2() const {
    return {ErrorKind::protocol,
            fmt::format("{} does not offer HTTP/2; set http to automatic", origin_.host_and_port())};
  }

  std::unique_ptr<TlsSocket> socket_;
  Origin origin_;
  HttpVersion http_;
};

}  // namespace

TlsContext::TlsContext(const std::string& ca_file) : impl_(std::make_unique<Impl>()) {
  auto& context = impl_->context;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  TlsSessions::enable(context.native_handle());
  context.set_verify_mode(ssl::verify_peer);
  error_code error;
  context.set_default_verify_paths(error);
  if (const auto file = certificates_openssl_misses(); !file.empty()) context.load_verify_file(file, error);
  if (!ca_file.empty()) context.load_verify_file(ca_file, error);
  if (error && !ca_file.empty()) {
    throw Error(ErrorKind::configuration,
                fmt::format("ca_file '{}' cannot be read as PEM certificates: {}", ca_file, error.message()));
  }
}

TlsContext::~TlsContext() = default;

std::shared_ptr<TlsHandshake> make_tls_handshake(TlsContext& context, asio::ip::tcp::socket socket,
                                                 const Origin& origin, HttpVersion http) {
  return std::make_shared<Handshake>(context.impl(), std::move(socket), origin, http);
}

}  // namespace headway::net
