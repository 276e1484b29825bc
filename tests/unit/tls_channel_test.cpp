#include "net/tls_channel.hpp"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include "support/certificates.hpp"

namespace headway::net {
namespace {

using boost::system::error_code;

template <auto function>
struct FreeBy {
  void operator()(auto* what) const { function(what); }
};
using TlsContextPtr = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;

/// The server's side, by OpenSSL alone, in memory.
class TlsServer {
 public:
  explicit TlsServer(SSL_CTX* context) : ssl_(SSL_new(context)), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }

  void receive(std::string_view bytes) { BIO_write(in_, bytes.data(), static_cast<int>(bytes.size())); }
  void shake_hands() { SSL_do_handshake(ssl_.get()); }
  /// As one record, where it fits.
  void write(std::string_view text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }
  void close() { SSL_shutdown(ssl_.get()); }
  void ask_for_new_keys() { SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED); }

  std::string output() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  std::string read() {
    std::string text;
    std::array<char, 16 * 1024> buffer;
    for (int size = 1; size > 0;) {
      size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  std::unique_ptr<SSL, FreeBy<SSL_free>> ssl_;
  BIO* in_;
  BIO* out_;
};

int records_in(std::string_view bytes) {
  int records = 0;
  while (bytes.size() >= 5) {
    const auto length = static_cast<unsigned char>(bytes[3]) * 256u + static_cast<unsigned char>(bytes[4]);
    bytes.remove_prefix(5 + length);
    ++records;
  }
  return records;
}

class TlsChannelTest : public testing::Test {
 protected:
  TlsChannelTest() {
    const auto certificate = authority.issue();
    SSL_CTX_use_certificate_chain_file(of_server.get(), certificate.chain.c_str());
    SSL_CTX_use_PrivateKey_file(of_server.get(), certificate.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_num_tickets(of_server.get(), 0);
    server = std::make_unique<TlsServer>(of_server.get());
    client = std::make_unique<TlsChannel>(of_client.get());
  }

  std::string sent() {
    std::string bytes(client->output());
    client->sent(bytes.size());
    return bytes;
  }

  void begin() {
    error = {};
    EXPECT_FALSE(client->shake_hands({}, error));
    server->receive(sent());
    server->shake_hands();
  }

  void connect() {
    begin();
    error = {};
    EXPECT_TRUE(client->shake_hands(server->output(), error));
    server->receive(sent());
    server->shake_hands();
  }

  std::string decrypt(std::string_view bytes) { return decrypt(bytes, 64 * 1024); }
  std::string decrypt(std::string_view bytes, std::size_t room) {
    std::string plain(room, '\0');
    error = {};
    plain.resize(client->decrypt(bytes, plain, error));
    return plain;
  }

  std::string encrypted(std::string_view head, std::string_view body) {
    client->encrypt(head, body, error);
    EXPECT_TRUE(head.empty() && body.empty());
    return sent();
  }

  test::CertificateAuthority authority;
  TlsContextPtr of_server{SSL_CTX_new(TLS_server_method())};
  TlsContextPtr of_client{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<TlsServer> server;
  std::unique_ptr<TlsChannel> client;
  error_code error;
};

TEST_F(TlsChannelTest, RecordsThatCameTogetherAreGivenTogether) {
  connect();
  std::string all;
  for (int i = 0; i < 50; ++i) {
    server->write(std::to_string(i));
    all += std::to_string(i);
  }
  EXPECT_EQ(decrypt(server->output()), all);
  EXPECT_FALSE(client->has_unread());
}

TEST_F(TlsChannelTest, ARecordMayComeByteByByte) {
  connect();
  server->write("hello");
  std::string all;
  for (const char byte : server->output()) {
    all += decrypt({&byte, 1});
    EXPECT_FALSE(client->has_unread()) << "half a record is nothing to read";
    EXPECT_FALSE(error);
  }
  EXPECT_EQ(all, "hello");
}

TEST_F(TlsChannelTest, WhatThereIsNoRoomForIsGivenLater) {
  connect();
  const std::string text(40'000, 'x');
  server->write(text);
  auto all = decrypt(server->output(), 1'000);
  while (client->has_unread()) all += decrypt({}, 1'000);
  EXPECT_EQ(all, text);
}

TEST_F(TlsChannelTest, WhatTheServerSaidWithItsPartOfTheHandshakeIsRead) {
  SSL_set_max_proto_version(client->native_handle(), TLS1_2_VERSION);  // in which the server's part is the last
  begin();
  EXPECT_FALSE(client->shake_hands(server->output(), error));
  server->receive(sent());
  server->shake_hands();
  server->write("settings");
  EXPECT_TRUE(client->shake_hands(server->output(), error));
  EXPECT_TRUE(client->has_unread());
  EXPECT_EQ(decrypt({}), "settings");
  EXPECT_FALSE(client->has_unread());
}

TEST_F(TlsChannelTest, AHeadAndItsBodyAreOneRecord) {
  connect();
  const auto bytes = encrypted("head ", "body");
  EXPECT_EQ(records_in(bytes), 1);
  server->receive(bytes);
  EXPECT_EQ(server->read(), "head body");
}

TEST_F(TlsChannelTest, MuchIsFewRecordsAndNotEncryptedAllAtOnce) {
  connect();
  const std::string text(1 << 20, 'x');
  std::string_view head;
  std::string_view body = text;
  std::string got;
  int turns = 0;
  for (; !body.empty(); ++turns) {
    client->encrypt(head, body, error);
    const auto bytes = sent();
    EXPECT_EQ(records_in(bytes), 4);
    server->receive(bytes);
    got += server->read();
  }
  EXPECT_EQ(turns, 16);
  EXPECT_EQ(got, text);
}

TEST_F(TlsChannelTest, AGoodbyeComesAfterAllThatWasSaidBefore) {
  connect();
  server->write("the last");
  server->close();
  EXPECT_EQ(decrypt(server->output()), "the last");
  EXPECT_FALSE(error);
  EXPECT_TRUE(client->has_unread());
  EXPECT_EQ(decrypt({}), "");
  EXPECT_EQ(error, boost::asio::error::eof);
}

TEST_F(TlsChannelTest, AnEndWithoutGoodbyeIsTruncated) {
  connect();
  EXPECT_EQ(client->end_of_input(), boost::asio::ssl::error::stream_truncated);
  server->close();
  decrypt(server->output());
  EXPECT_EQ(client->end_of_input(), boost::asio::error::eof);
}

TEST_F(TlsChannelTest, AnEndInsideTheHandshakeIsAClose) {
  begin();
  EXPECT_EQ(client->end_of_input(), boost::asio::error::eof);
}

TEST_F(TlsChannelTest, ADamagedRecordIsAnErrorAfterTheGoodOnes) {
  connect();
  server->write("good");
  server->write("bad");
  auto bytes = server->output();
  bytes.back() ^= 1;
  EXPECT_EQ(decrypt(bytes), "good");
  EXPECT_EQ(decrypt({}), "");
  EXPECT_EQ(error.category(), boost::asio::error::get_ssl_category());
  EXPECT_FALSE(client->output().empty()) << "an alert tells the server";
}

TEST_F(TlsChannelTest, NewKeysAreAnsweredWithTheNextRecord) {
  connect();
  server->ask_for_new_keys();
  server->write("under new keys");
  EXPECT_EQ(decrypt(server->output()), "under new keys");
  const auto bytes = encrypted("still", " here");
  EXPECT_EQ(records_in(bytes), 2);
  server->receive(bytes);
  EXPECT_EQ(server->read(), "still here");
}

TEST_F(TlsChannelTest, AShutDownSaysGoodbyeOnlyOfWhatWasOpen) {
  client->shut_down();
  EXPECT_TRUE(client->output().empty());
  connect();
  client->shut_down();
  EXPECT_EQ(records_in(client->output()), 1);
}

TEST_F(TlsChannelTest, SomethingElseThanTlsIsAnError) {
  client->shake_hands({}, error);
  EXPECT_FALSE(client->shake_hands("HTTP/1.1 400 Bad Request\r\n\r\n", error));
  EXPECT_EQ(error.category(), boost::asio::error::get_ssl_category());
}

}  // namespace
}  // namespace headway::net
