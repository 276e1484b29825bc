#include "net/tls.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/tls_sessions.hpp"
#include "net/tls_stream.hpp"
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
      : stream_(std::make_unique<TlsStream>(std::move(socket), context.context.native_handle())),
        origin_(origin),
        http_(http) {
    expect_peer(stream_->native_handle(), origin_.host);
    offer_protocols(stream_->native_handle(), http);
    context.sessions.watch(stream_->native_handle(), origin_.host_and_port());
  }

  void start(Handler handler) override {
    stream_->async_handshake([self = shared_from_this(), handler = std::move(handler)](error_code error) mutable {
      if (error) return std::move(handler)(self->failure(error), nullptr);
      if (self->http_ == HttpVersion::http_2 && self->stream_->protocol() != "h2") {
        return std::move(handler)(self->no_http2(), nullptr);
      }
      std::move(handler)(std::nullopt, std::move(self->stream_));
    });
  }

  void close() noexcept override {
    if (stream_) stream_->close();
  }

 private:
  Failure failure(error_code error) const {
    TlsSessions::forget(stream_->native_handle());
    const auto verified = SSL_get_verify_result(stream_->native_handle());
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

  std::unique_ptr<TlsStream> stream_;
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
