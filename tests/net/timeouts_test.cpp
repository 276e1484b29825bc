// Servers that stand still, and callers that cannot wait.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

const std::string half = reply(200, completion_body("hello")).substr(0, 150);

TEST(Timeout, OfTheFirstByte) {
  Peer peer(stalling());
  auto client = without_retries();
  client.timeouts.first_byte = 200ms;
  const auto model = model_at(peer, client);
  const auto info = error_of(model).info();
  EXPECT_EQ(info.kind, ErrorKind::first_byte_timeout);
  EXPECT_NE(info.message.find("200 ms"), std::string::npos);
  EXPECT_TRUE(info.maybe_billed);
  EXPECT_GE(info.times.send + info.times.first_byte, 200ms);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Timeout, OfAnIdleAnswer) {
  for (const auto& bytes : {half, half.substr(0, 20)}) {
    Peer peer(stalling(bytes));
    auto client = without_retries();
    client.timeouts.first_byte = soon;
    client.timeouts.idle = 200ms;
    const auto model = model_at(peer, client);
    const auto info = error_of(model).info();
    EXPECT_EQ(info.kind, ErrorKind::idle_timeout);
    EXPECT_GE(info.times.body, 200ms);
    EXPECT_TRUE(all_closed(peer));
  }
}

TEST(Timeout, ASlowAnswerThatMovesIsNotIdle) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    conversation.send_slowly(completion_reply("hello"), 2, 30ms);
  });
  auto client = without_retries();
  client.timeouts.idle = 2s;
  client.timeouts.first_byte = 2s;
  const auto outcome = outcome_of(model_at(peer, client));
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_GT(outcome->times.total(), 2s);
}

TEST(Timeout, OfTheWholeAttemptCountsThoughTheAnswerMoves) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    conversation.send_slowly(reply(200, std::string(10'000, ' ')), 1, 20ms);
  });
  auto client = without_retries();
  client.timeouts.idle = soon;
  client.timeouts.total = 300ms;
  const auto model = model_at(peer, client);
  const auto info = error_of(model).info();
  EXPECT_EQ(info.kind, ErrorKind::timeout);
  EXPECT_NE(info.message.find("300 ms"), std::string::npos);
  EXPECT_GE(info.times.total(), 300ms);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Timeout, OfOneCallOrModel) {
  Peer peer(stalling());
  CallOptions call;
  call.timeout = 150ms;
  EXPECT_EQ(error_of(model_at(peer, without_retries()), "hello", call).kind(), ErrorKind::timeout);

  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  options.model = "m";
  options.timeout = 150ms;
  EXPECT_EQ(error_of(OpenAI(options, Client(without_retries()))).kind(), ErrorKind::timeout);
}

TEST(Timeout, IsForOneAttemptAndTriedAgain) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    if (conversation.connection_number() == 1) {
      conversation.wait_closed();
    } else {
      conversation.send(completion_reply("hello"));
    }
  });
  auto client = client_options();
  client.timeouts.total = 2s;
  const auto outcome = outcome_of(model_at(peer, client));
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_GT(outcome->attempts, 1);
}

TEST(Timeout, OfConnectingNamesTheStage) {
  Peer peer([](Conversation& conversation) { conversation.wait_closed(); });  // no TLS server
  auto client = without_retries();
  client.timeouts.connect = 1s;
  client.timeouts.total = 0ms;
  const auto model = model_at("https://127.0.0.1:" + std::to_string(peer.port()), client);
  const auto info = error_of(model).info();
  EXPECT_EQ(info.kind, ErrorKind::connect_timeout);
  EXPECT_NE(info.message.find("TLS handshake"), std::string::npos) << info.message;
  EXPECT_FALSE(info.maybe_billed);
  EXPECT_GE(info.times.connect, 1s);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Timeout, OfConnectingCountsForTheNameToo) {
  auto client = without_retries();
  client.timeouts.connect = 300ms;
  const auto info = error_of(model_at("https://no-such-host.invalid", client)).info();
  const bool no_name_server = info.kind == ErrorKind::connect_timeout;
  EXPECT_TRUE(info.kind == ErrorKind::dns || no_name_server) << to_string(info.kind);
  EXPECT_NE(info.message.find(no_name_server ? "resolving the name of" : "no-such-host.invalid"), std::string::npos)
      << info.message;
}

TEST(Timeout, OfZeroIsNone) {
  Peer peer(echo(300ms));
  auto client = without_retries();
  client.timeouts = Timeouts();
  client.timeouts.connect = client.timeouts.total = 0ms;
  EXPECT_EQ(model_at(peer, client).invoke("hello"), "echo: hello");
}

TEST(Deadline, EndsACallInFlight) {
  Peer peer(stalling(half));
  CallOptions options;
  options.deadline = 1s;
  const auto model = model_at(peer);
  const auto info = error_of(model, "hello", options).info();
  EXPECT_EQ(info.kind, ErrorKind::deadline);
  EXPECT_NE(info.message.find("1000 ms"), std::string::npos) << info.message;
  EXPECT_EQ(info.attempts, 1);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Deadline, EndsACallThatWaitsForAConnection) {
  Peer peer(stalling());
  auto client = client_options();
  client.max_connections = 1;
  const auto model = model_at(peer, client);
  auto first = model.submit("first");
  ASSERT_TRUE(has_requests(peer, 1));
  CallOptions options;
  options.deadline = 200ms;
  const auto info = error_of(model, "second", options).info();
  EXPECT_EQ(info.kind, ErrorKind::deadline);
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Deadline, EndsACallThatConnects) {
  Peer peer([](Conversation& conversation) { conversation.wait_closed(); });
  CallOptions options;
  options.deadline = 200ms;
  const auto model = model_at("https://127.0.0.1:" + std::to_string(peer.port()));
  EXPECT_EQ(error_of(model, "hello", options).kind(), ErrorKind::deadline);
}

TEST(Deadline, IsOverAllAttempts) {
  Peer peer(stalling());
  auto client = client_options();
  client.timeouts.total = 150ms;
  CallOptions options;
  options.deadline = 3s;
  options.max_retries = 1000;
  const auto info = error_of(model_at(peer, client), "hello", options).info();
  EXPECT_TRUE(info.kind == ErrorKind::deadline || info.kind == ErrorKind::timeout) << to_string(info.kind);
  EXPECT_GT(info.attempts, 1);
}

TEST(Deadline, IsNotWaitedForInABackoffThatGoesBeyondIt) {
  Peer peer(always(error_reply(429, "Slow down", "requests", "c", {{"retry-after", "60"}})));
  CallOptions options;
  options.deadline = 30s;
  const auto info = error_of(model_at(peer), "hello", options).info();
  EXPECT_EQ(info.kind, ErrorKind::rate_limited);
  EXPECT_NE(info.message.find("deadline"), std::string::npos) << info.message;
  EXPECT_EQ(peer.request_count(), 1u);
}

}  // namespace
}  // namespace headway::test
