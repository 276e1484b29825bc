// How calls share connections.

#include <thread>

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

/// Waits for all, and gives how many failed or were not the echo of their prompt.
int failures_among(std::vector<std::future<Response>>& futures) {
  int failures = 0;
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const auto outcome = ended(futures[i]);
    if (outcome && outcome->text() == echo_of("prompt " + std::to_string(i))) continue;
    ++failures;
    ADD_FAILURE() << i << ": " << (outcome ? outcome->text() : outcome.error().what());
  }
  return failures;
}

TEST(Connections, OneIsEnoughForCallsInSequence) {
  Peer peer(echo());
  const auto model = model_at(peer);
  for (int i = 0; i < 50; ++i) {
    const auto response = model.generate("hello");
    EXPECT_EQ(response.text(), "echo: hello");
    EXPECT_EQ(response.times.connect.count() > 0, i == 0);
  }
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Connections, ModelsOfOneClientShareThem) {
  Peer peer(echo());
  const Client client(client_options());
  EXPECT_EQ(model_on(client, peer).invoke("a"), "echo: a");
  EXPECT_EQ(model_on(client, peer).invoke("b"), "echo: b");
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Connections, ThatTheServerWantsToCloseAreNotUsedAgain) {
  Peer peer([](Conversation& conversation) {
    if (conversation.read_request()) {
      conversation.send(reply(200, completion_body("hello"), {{"Connection", "close"}}));
      conversation.wait_closed();
    }
  });
  const auto model = model_at(peer, without_retries());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(model.invoke("hi"), "hello");
  EXPECT_EQ(peer.connections(), 5u);
}

TEST(Connections, ThatTheServerClosedBetweenCallsFailNoCall) {
  Peer peer([](Conversation& conversation) {
    if (conversation.read_request()) conversation.send(completion_reply("hello"));
    conversation.close();
  });
  const auto model = model_at(peer, without_retries());
  for (int i = 0; i < 30; ++i) {
    const auto outcome = outcome_of(model);
    ASSERT_TRUE(outcome) << outcome.error().what();
    ASSERT_TRUE(all_closed(peer));
  }
  EXPECT_EQ(peer.request_count(), 30u);
}

TEST(Connections, AnAnswerTooMuchIsNotTakenForTheNextCalls) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.send(echo_reply(*request) + completion_reply("not asked for"));
    }
  });
  const auto model = model_at(peer);
  EXPECT_EQ(model.invoke("first"), "echo: first");
  EXPECT_EQ(model.invoke("second"), "echo: second");
}

TEST(Connections, WhatComesUnaskedClosesThem) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    conversation.send(echo_reply(*request));
    conversation.sleep(50ms);
    conversation.send(completion_reply("not asked for"));
    conversation.wait_closed();
  });
  const auto model = model_at(peer);
  EXPECT_EQ(model.invoke("first"), "echo: first");
  EXPECT_TRUE(all_closed(peer));
  EXPECT_EQ(model.invoke("second"), "echo: second");
}

TEST(Connections, IdleOnesAreClosedInTheEnd) {
  for (const auto keep_alive : {0ms, 50ms}) {
    Peer peer(echo());
    auto options = client_options();
    options.keep_alive = keep_alive;
    const auto model = model_at(peer, options);
    EXPECT_EQ(model.invoke("hello"), "echo: hello");
    EXPECT_TRUE(all_closed(peer));
    EXPECT_EQ(model.invoke("again"), "echo: again");
  }
}

TEST(Connections, NeverMoreThanTheLimit) {
  Peer peer(echo(20ms));
  auto options = client_options();
  options.max_connections = 4;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 40);
  EXPECT_EQ(failures_among(futures), 0);
  EXPECT_LE(peer.peak_in_progress(), 4u);
  EXPECT_LE(peer.connections(), 4u);
}

TEST(Connections, ALimitThatCallsWaitForIsNamed) {
  Peer peer(echo(200ms));
  auto options = client_options();
  options.max_connections = 2;
  const Client client(options);
  const auto model = model_on(client, peer);
  auto futures = submit_many(model, 10);
  EXPECT_TRUE(peer.wait_until([&] { return client.stats().limited_by == LimitedBy::connections; }))
      << to_string(client.stats().limited_by);
  EXPECT_EQ(failures_among(futures), 0);
}

TEST(Connections, WaitersAreServedInTheOrderInWhichTheyCame) {
  Peer peer(echo());
  auto options = client_options();
  options.max_connections = 1;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 50);
  EXPECT_EQ(failures_among(futures), 0);
  const auto requests = peer.requests();
  for (std::size_t i = 0; i < requests.size(); ++i) EXPECT_EQ(prompt_of(requests[i]), "prompt " + std::to_string(i));
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Connections, WaitingForOneIsNoTimeout) {
  Peer peer(echo(250ms));
  auto options = without_retries();
  options.max_connections = 1;
  options.timeouts.total = options.timeouts.first_byte = options.timeouts.connect = 2500ms;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 12);
  Outcome<Response> last;
  for (auto& future : futures) last = ended(future);
  ASSERT_TRUE(last) << last.error().what();
  EXPECT_GT(last->times.queued, 2500ms);
  EXPECT_LT(last->times.first_byte, last->times.queued);
}

/// No TLS server: it shakes no hands, and closes once it is released.
Peer::Script hands_off(const std::atomic<bool>& released) {
  return [&released](Conversation& conversation) {
    while (!released && conversation.sleep(2ms)) {
    }
  };
}

TEST(Connections, OneShowsWhetherItCarriesManyCallsBeforeMoreAreMade) {
  std::atomic<bool> released = false;
  Peer peer(hands_off(released));
  const auto model = model_at("https://127.0.0.1:" + std::to_string(peer.port()), without_retries());
  auto futures = submit_many(model, 9);
  ASSERT_TRUE(peer.wait_until([&] { return peer.connections() == 1; }));
  EXPECT_FALSE(peer.wait_until([&] { return peer.connections() > 1; }, 200ms));
  released = true;
  for (auto& future : futures) EXPECT_EQ(ended(future).error().kind(), ErrorKind::tls);
}

TEST(Connections, NoMoreAreMadeAtOnceThanTheLimit) {
  std::atomic<bool> released = false;
  Peer peer(hands_off(released));
  auto options = client_options();
  options.http = HttpVersion::http_1_1;
  options.max_connecting = 3;
  const auto model = model_at("https://127.0.0.1:" + std::to_string(peer.port()), options);
  auto futures = submit_many(model, 9);
  ASSERT_TRUE(peer.wait_until([&] { return peer.connections() == 3; }));
  EXPECT_FALSE(peer.wait_until([&] { return peer.connections() > 3; }, 200ms));
  released = true;
  for (auto& future : futures) EXPECT_EQ(ended(future).error().kind(), ErrorKind::tls);
  EXPECT_EQ(peer.connections(), 9u);
}

TEST(Connections, ABurstIsServedThoughOneIsMadeAtATime) {
  Peer peer(echo(20ms));
  auto options = client_options();
  options.max_connecting = 1;
  const auto model = model_at(peer, options);
  auto futures = submit_many(model, 100);
  EXPECT_EQ(failures_among(futures), 0);
}

TEST(Connections, ANameWithAnAddressThatRefusesIsReached) {
  Peer peer(echo());  // on 127.0.0.1, while localhost may be ::1 too
  EXPECT_EQ(model_at("http://localhost:" + std::to_string(peer.port()) + "/v1").invoke("hello"), "echo: hello");
}

TEST(Connections, AHundredCallsAreUnharmedWhileOneMisbehaves) {
  constexpr std::size_t others = 100;
  const auto body = completion_body("never whole");
  const std::function<void(Conversation&)> misdeeds[] = {
      [](Conversation& conversation) { conversation.reset(); },
      [](Conversation& conversation) { conversation.close(); },
      [](Conversation& conversation) { conversation.send("nonsense\r\n\r\n"); },
      [](Conversation& conversation) { conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); },
      [](Conversation& conversation) { conversation.send("HTTP/1.1 200 OK\r\n" + std::string(100'000, 'x')); },
      [](Conversation& conversation) { conversation.send(reply(200, "<html></html>")); },
  };
  for (const auto& misdeed : misdeeds) {
    Peer peer([&](Conversation& conversation) {
      const auto request = conversation.read_request();
      if (!request) return;
      if (prompt_of(*request) == "bad") return misdeed(conversation);
      conversation.wait_for_requests(others + 1);
      conversation.send(echo_reply(*request));
    });
    const auto model = model_at(peer, without_retries());
    auto futures = submit_many(model, others);
    EXPECT_FALSE(outcome_of(model, "bad"));
    EXPECT_EQ(failures_among(futures), 0);
  }
}

TEST(Connections, AThousandThreadsShareOneLoop) {
  constexpr std::size_t count = 1000;
  Peer peer(echo());
  auto options = client_options();
  options.max_connections = 50;
  const auto model = model_at(peer, options);
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, prompt = "prompt " + std::to_string(i)] {
      const auto outcome = outcome_of(model, prompt);
      answered += outcome && outcome->text() == echo_of(prompt);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, static_cast<int>(count));
  EXPECT_LE(peer.connections(), 50u);
}

}  // namespace
}  // namespace headway::test
