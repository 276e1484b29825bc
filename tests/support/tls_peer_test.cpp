#include "support/tls_peer.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "support/plain_client.hpp"

namespace headway::test {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// A blocking, verifying TLS client of one request.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const CertificateAuthority& trusted, int oldest = TLS1_2_VERSION)
      : socket_(connect_to_loopback(port)), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context_.get(), trusted.root_file().c_str(), nullptr);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cipher_list(context_.get(), "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context_.get(), oldest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.fd());
    SSL_set_tlsext_host_name(ssl_.get(), "localhost");
    SSL_set1_host(ssl_.get(), "localhost");
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  bool connected() const { return connected_; }
  long verdict() const { return SSL_get_verify_result(ssl_.get()); }

  std::string ask(const std::string& request) {
    SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
    std::string all;
    char bytes[4096];
    int got;
    while ((got = SSL_read(ssl_.get(), bytes, sizeof bytes)) > 0) all.append(bytes, static_cast<std::size_t>(got));
    last_error = SSL_get_error(ssl_.get(), got);
    return all;
  }

  int last_error = SSL_ERROR_NONE;

 private:
  Socket socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool connected_ = false;
};

void answer_once(Conversation& conversation) {
  if (conversation.read_request()) conversation.send(reply(200, "{}"));
}

long verdict_on(const ServerCertificate& certificate, const CertificateAuthority& trusted) {
  TlsPeer peer(certificate, answer_once);
  return TlsClient(peer.port(), trusted).verdict();
}

TEST(TlsPeer, AnswersAClientThatVerifies) {
  CertificateAuthority authority;
  TlsPeer peer(authority.issue(), answer_once);
  TlsClient client(peer.port(), authority);
  ASSERT_TRUE(client.connected());
  EXPECT_NE(client.ask(post("/", "x")).find("{}"), std::string::npos);
  EXPECT_EQ(client.last_error, SSL_ERROR_ZERO_RETURN);
  EXPECT_EQ(peer.requests().at(0).server_name, "localhost");
  EXPECT_EQ(peer.url(), "https://127.0.0.1:" + std::to_string(peer.port()));
}

TEST(TlsPeer, MayLeaveOutCloseNotify) {
  CertificateAuthority authority;
  TlsPeerOptions options;
  options.close_notify = false;
  TlsPeer peer(authority.issue(), answer_once, options);
  TlsClient client(peer.port(), authority);
  EXPECT_NE(client.ask(post("/", "x")).find("{}"), std::string::npos);
  EXPECT_EQ(client.last_error, SSL_ERROR_SSL);
}

TEST(TlsPeer, ShowsBadCertificates) {
  CertificateAuthority authority;
  CertificateAuthority other;
  CertificateOptions options;
  options.validity = Validity::expired;
  EXPECT_EQ(verdict_on(authority.issue(options), authority), X509_V_ERR_CERT_HAS_EXPIRED);
  options.validity = Validity::not_yet;
  EXPECT_EQ(verdict_on(authority.issue(options), authority), X509_V_ERR_CERT_NOT_YET_VALID);
  options = CertificateOptions();
  options.names = "DNS:elsewhere.example";
  EXPECT_EQ(verdict_on(authority.issue(options), authority), X509_V_ERR_HOSTNAME_MISMATCH);
  options = CertificateOptions();
  options.with_intermediate = false;
  EXPECT_EQ(verdict_on(authority.issue(options), authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  EXPECT_EQ(verdict_on(authority.issue_self_signed(), authority), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_EQ(verdict_on(authority.issue(), other), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST(TlsPeer, SpeaksOldVersionsOnlyIfAsked) {
  CertificateAuthority authority;
  TlsPeerOptions options;
  options.oldest = options.newest = TlsVersion::tls1_1;
  TlsPeer peer(authority.issue(), answer_once, options);
  EXPECT_FALSE(TlsClient(peer.port(), authority).connected());
  EXPECT_TRUE(peer.wait_until([&] { return peer.faults().size() == 1; }));
  EXPECT_EQ(peer.connections(), 0u);
  EXPECT_TRUE(TlsClient(peer.port(), authority, TLS1_1_VERSION).connected());
}

TEST(TlsPeer, EndsDuringAHandshake) {
  CertificateAuthority authority;
  std::unique_ptr<PlainClient> silent;
  {
    TlsPeer peer(authority.issue(), answer_once);
    silent = std::make_unique<PlainClient>(peer.port());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(silent->read_all(), "");
}

}  // namespace
}  // namespace headway::test
