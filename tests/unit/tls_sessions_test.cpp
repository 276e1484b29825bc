#include "net/tls_sessions.hpp"

#include <gtest/gtest.h>

namespace headway::net {
namespace {

template <auto function>
struct Free {
  void operator()(auto* what) const { function(what); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Free<SSL_free>>;
using Session = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;

class TlsSessionsTest : public testing::Test {
 protected:
  TlsSessionsTest() { TlsSessions::enable(context.get()); }

  /// A connection to the origin that is about to shake hands.
  Connection connect(const std::string& origin) {
    Connection connection(SSL_new(context.get()));
    sessions.watch(connection.get(), origin);
    return connection;
  }

  /// The connection is given a session that was made at that time, as by a server's ticket.
  void give(const Connection& connection, long time) {
    const Session session(SSL_SESSION_new());
    SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION);
    SSL_SESSION_set_time(session.get(), time);
    EXPECT_EQ(SSL_CTX_sess_get_new_cb(context.get())(connection.get(), session.get()), 0);
  }

  /// Which session a new connection offers; 0: none.
  long offered(const std::string& origin) {
    const auto connection = connect(origin);
    const auto* session = SSL_get_session(connection.get());
    return session ? SSL_SESSION_get_time(session) : 0;
  }

  Context context{SSL_CTX_new(TLS_client_method())};
  TlsSessions sessions;
};

TEST_F(TlsSessionsTest, ThereIsNoneAtFirst) {
  EXPECT_EQ(offered("a:443"), 0);
}

TEST_F(TlsSessionsTest, TheNewestIsOfferedFirstAndTheLastAgainAndAgain) {
  const auto connection = connect("a:443");
  for (const long time : {1, 2, 3}) give(connection, time);
  EXPECT_EQ(offered("a:443"), 3);
  EXPECT_EQ(offered("a:443"), 2) << "two are kept";
  EXPECT_EQ(offered("a:443"), 2);
}

TEST_F(TlsSessionsTest, AnotherOriginIsAnotherServer) {
  give(connect("a:443"), 1);
  EXPECT_EQ(offered("b:443"), 0);
  EXPECT_EQ(offered("a:8443"), 0);
  EXPECT_EQ(offered("a:443"), 1);
}

TEST_F(TlsSessionsTest, AFailedHandshakeForgetsThoseOfItsOrigin) {
  give(connect("a:443"), 1);
  give(connect("b:443"), 2);
  TlsSessions::forget(connect("a:443").get());
  EXPECT_EQ(offered("a:443"), 0);
  EXPECT_EQ(offered("b:443"), 2);
}

TEST_F(TlsSessionsTest, OriginsAreBounded) {
  for (int i = 0; i < 1000; ++i) give(connect(std::to_string(i) + ".example:443"), 1);
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += offered(std::to_string(i) + ".example:443") != 0 ? 1 : 0;
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, 256);
}

TEST_F(TlsSessionsTest, AConnectionMayOutliveThem) {
  auto own = std::make_unique<TlsSessions>();
  const Connection connection(SSL_new(context.get()));
  own->watch(connection.get(), "a:443");
  own.reset();
  give(connection, 1);
}

}  // namespace
}  // namespace headway::net
