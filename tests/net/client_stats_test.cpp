// What a client says of itself.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

TEST(ClientStats, AreZeroBeforeTheFirstCall) {
  const Client client(client_options());
  EXPECT_EQ(client.stats().connections_opened, 0u);
  EXPECT_EQ(client.stats().connections_open, 0u);
  EXPECT_EQ(client.stats().calls_in_flight, 0u);
}

TEST(ClientStats, CountAConnectionOnceHoweverManyCallsUseIt) {
  Peer peer(echo());
  const Client client(client_options());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(model_on(client, peer).invoke("a"), "echo: a");
  EXPECT_EQ(client.stats().connections_opened, 1u);
  EXPECT_EQ(client.stats().connections_open, 1u);
  EXPECT_EQ(client.stats().calls_in_flight, 0u);
  EXPECT_EQ(client.stats().calls_ended, 3u);
}

TEST(ClientStats, CountConnectionsThatTheServerClosedAsOpenedOnly) {
  Peer peer([](Conversation& conversation) {
    if (conversation.read_request()) {
      conversation.send(reply(200, completion_body("hello"), {{"Connection", "close"}}));
      conversation.wait_closed();
    }
  });
  const Client client(client_options());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(model_on(client, peer).invoke("a"), "hello");
  EXPECT_EQ(client.stats().connections_opened, 3u);
  EXPECT_LE(client.stats().connections_open, 1u);
}

TEST(ClientStats, CountNoConnectionThatFailed) {
  auto options = without_retries();
  options.base_url = "http://127.0.0.1:9";
  const Client client(options);
  thrown_by([&] { client.models(); });
  EXPECT_EQ(client.stats().connections_opened, 0u);
}

TEST(ClientStats, CountCallsUntilTheyEnd) {
  Peer peer(stalling());
  const Client client(client_options());
  auto answers = submit_many(model_on(client, peer), 3);
  ASSERT_TRUE(has_requests(peer, 3));
  EXPECT_EQ(client.stats().calls_in_flight, 3u);
  EXPECT_EQ(client.stats().calls_ended, 0u);
  client.close();
  for (auto& answer : answers) EXPECT_FALSE(ended(answer));
  EXPECT_EQ(client.stats().calls_in_flight, 0u);
  EXPECT_EQ(client.stats().calls_ended, 3u);
}

}  // namespace
}  // namespace headway::test
