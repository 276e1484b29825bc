#include "support/peer.hpp"

#include <gtest/gtest.h>

#include "support/environment.hpp"
#include "support/plain_client.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto completions = "/v1/completions";

TEST(Peer, AnswersTheRequestsOfOneConnection) {
  Peer peer(echo());
  PlainClient client(peer.port());
  client.send(post(completions, R"({"model":"m","prompt":"one"})"));
  EXPECT_NE(client.read_to("}}").find("echo: one"), std::string::npos);
  client.send(post("/v1/chat/completions", R"({"messages":[{"role":"system","content":"be kind"},)"
                                           R"({"role":"user","content":"two"}]})"));
  EXPECT_NE(client.read_to("}}").find("echo: two"), std::string::npos);

  const auto requests = peer.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, completions);
  EXPECT_EQ(requests[0].header("host"), "localhost");
  EXPECT_EQ(requests[1].connection, 1u);
  EXPECT_EQ(requests[1].number, 2u);
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Peer, ReadsAChunkedBody) {
  Peer peer(always(reply(200, "{}")));
  PlainClient client(peer.port());
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n");
  client.read_to("{}");
  EXPECT_EQ(peer.requests().at(0).body, "abc0123456789");
}

TEST(Peer, KeepsPipelinedRequestsApart) {
  Peer peer(always(reply(200, "{}")));
  PlainClient client(peer.port());
  client.send(post("/a", "1") + post("/b", "22"));
  ASSERT_TRUE(peer.wait_until([&] { return peer.request_count() == 2; }));
  EXPECT_EQ(peer.requests()[1].body, "22");
}

TEST(Peer, SendsSlowly) {
  Peer peer([](Conversation& conversation) { conversation.send_slowly("0123456789", 3, 20ms); });
  PlainClient client(peer.port());
  const auto start = steady_clock::now();
  EXPECT_EQ(client.read_some(), "012");
  EXPECT_EQ(client.read_all(), "3456789");
  EXPECT_GE(steady_clock::now() - start, 60ms);
}

TEST(Peer, ClosesWithFin) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    conversation.send("HTTP/1.1 200");
    conversation.close();
    EXPECT_FALSE(conversation.send("more"));
  });
  PlainClient client(peer.port());
  client.send(post("/", "x"));
  EXPECT_EQ(client.read_all(), "HTTP/1.1 200");
  EXPECT_EQ(client.error, 0);
}

TEST(Peer, ClosesWithReset) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    conversation.reset();
  });
  PlainClient client(peer.port());
  client.send(post("/", "x"));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(client.error, ECONNRESET);
}

TEST(Peer, SeesTheClientClose) {
  std::atomic<bool> seen = false;
  Peer peer([&](Conversation& conversation) { seen = conversation.wait_closed(); });
  PlainClient client(peer.port());
  client.send("anything");
  ASSERT_TRUE(peer.wait_until([&] { return peer.open_connections() == 1; }));
  client.close();
  EXPECT_TRUE(peer.wait_until([&] { return peer.open_connections() == 0; }));
  EXPECT_TRUE(seen);
}

TEST(Peer, CountsTheMostRequestsInProgress) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    EXPECT_TRUE(conversation.wait_for_requests(3));
    conversation.send(reply(200, "{}"));
  });
  PlainClient clients[] = {PlainClient(peer.port()), PlainClient(peer.port()), PlainClient(peer.port())};
  for (PlainClient& client : clients) client.send(post("/", "x"));
  for (PlainClient& client : clients) client.read_to("{}");
  EXPECT_EQ(peer.peak_in_progress(), 3u);
  PlainClient later(peer.port());
  later.send(post("/", "x"));
  later.read_to("{}");
  EXPECT_EQ(peer.peak_in_progress(), 3u);
}

TEST(Peer, EndsWhileItsScriptsWait) {
  const auto start = steady_clock::now();
  {
    Peer peer([](Conversation& conversation) {
      if (conversation.connection_number() == 1) conversation.sleep(1h);
      if (conversation.connection_number() == 2) conversation.wait_closed();
      if (conversation.connection_number() == 3) conversation.read_request();
      if (conversation.connection_number() == 4) {
        while (conversation.send(std::string(1 << 20, 'x'))) {
        }
      }
    });
    std::list<PlainClient> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back(peer.port());
    ASSERT_TRUE(peer.wait_until([&] { return peer.open_connections() == 4; }));
  }
  EXPECT_LT(steady_clock::now() - start, patience) << "it waited for one of them";
}

TEST(Peer, ServesManyConnectionsAtOnce) {
  Peer peer(echo([](const Request& request) { return std::chrono::milliseconds(request.number % 3); }));
  std::list<PlainClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(peer.port());
  for (int round = 0; round < 3; ++round) {
    for (PlainClient& client : clients) client.send(post(completions, R"({"prompt":"x"})"));
    for (PlainClient& client : clients) EXPECT_NE(client.read_to("}}").find("echo: x"), std::string::npos);
  }
  EXPECT_EQ(peer.request_count(), 600u);
  EXPECT_EQ(peer.connections(), 200u);
}

TEST(Peer, TakesNoMoreConnectionsThanItsBound) {
  PeerOptions options;
  options.max_connections = 2;
  Peer peer(always(reply(200, "{}")), options);
  std::list<PlainClient> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(peer.port());
  ASSERT_TRUE(peer.wait_until([&] { return peer.connections() == 2; }));
  EXPECT_FALSE(peer.wait_until([&] { return peer.connections() == 3; }, 100ms));
  clients.front().close();
  EXPECT_TRUE(peer.wait_until([&] { return peer.connections() == 3; }));
}

TEST(Peer, RecordsWhatIsNotHttp) {
  Peer peer(always(reply(200, "{}")));
  PlainClient client(peer.port());
  client.send("hello\r\n\r\n");
  EXPECT_EQ(client.read_all(), "");
  ASSERT_EQ(peer.faults().size(), 1u);
  EXPECT_EQ(peer.faults()[0], "not a request line: hello");
}

TEST(RefusedPort, RefusesConnections) {
  const RefusedPort refused;
  EXPECT_FALSE(PlainClient(refused.port()).connected());
}

TEST(Replies, ChunkedBodiesHaveTheirSizes) {
  EXPECT_NE(chunked_reply(200, {"abc", std::string(20, 'x')}).find("\r\n\r\n3\r\nabc\r\n14\r\nxxxx"),
            std::string::npos);
}

TEST(Replies, TextsComeBackThroughJson) {
  const std::string text = "quote \" backslash \\ tab \t line \n こんにちは \x01 \"prompt\": \"no\"";
  EXPECT_EQ(json_field("{\"prompt\" : " + json_string(text) + ", \"n\":1}", "prompt"), text);
  EXPECT_EQ(json_field(R"({"prompt":"\u3053\ud83d\ude00\/\n"})", "prompt"), "こ😀/\n");
  EXPECT_EQ(json_field(R"({"prompt":7})", "prompt"), "");
}

TEST(EnvironmentVariable, IsPutBack) {
  EnvironmentVariable outer("HEADWAY_TEST_VARIABLE", "before");
  {
    EnvironmentVariable inner("HEADWAY_TEST_VARIABLE", std::nullopt);
    EXPECT_EQ(std::getenv("HEADWAY_TEST_VARIABLE"), nullptr);
  }
  EXPECT_STREQ(std::getenv("HEADWAY_TEST_VARIABLE"), "before");
}

}  // namespace
}  // namespace headway::test
