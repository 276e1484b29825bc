// What is worth another attempt, when it comes, and when headway gives up.

#include <chrono>
#include <ctime>

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

std::string too_fast(const Fields& fields) {
  return error_reply(429, "Slow down", "requests", "rate_limit_exceeded", fields);
}

std::string http_date(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

/// How long a call takes that is refused once with these fields and then answered, soon.
double seconds_to_answer_after(const Fields& fields) {
  Peer peer(in_turn({too_fast(fields), completion_reply("hello")}));
  const auto model = model_at(peer);
  const Stopwatch watch;
  const auto outcome = outcome_of(model);
  EXPECT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->attempts, 2);
  EXPECT_EQ(peer.request_count(), 2u);
  return watch.seconds();
}

/// Of several at once, to save time.
std::future<double> seconds_to_answer(const Fields& fields) {
  return std::async(std::launch::async, [fields] { return seconds_to_answer_after(fields); });
}

TEST(Retry, AnAttemptThatMayHaveBeenBilledIsToldWhateverFollows) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    if (conversation.request_number() == 1) return conversation.close();
    conversation.send(error_reply(400, "No", "invalid_request_error", ""));
  });
  const auto info = error_of(model_at(peer)).info();
  EXPECT_EQ(info.kind, ErrorKind::bad_request);
  EXPECT_EQ(info.attempts, 2);
  EXPECT_TRUE(info.maybe_billed);
}

TEST(Retry, AfterMilliseconds) {
  seconds_to_answer_after({{"retry-after-ms", "20"}, {"retry-after", "3600"}});
  EXPECT_GE(seconds_to_answer_after({{"retry-after-ms", "800"}}), 0.8);
}

TEST(Retry, AfterSeconds) {
  auto whole = seconds_to_answer({{"retry-after", "1"}});
  auto fraction = seconds_to_answer({{"retry-after", "0.75"}});
  EXPECT_GE(whole.get(), 1.0);
  EXPECT_GE(fraction.get(), 0.75);
}

TEST(Retry, AfterADate) {
  const auto date = std::time(nullptr) + 2;
  seconds_to_answer_after({{"retry-after", http_date(date)}});
  // Waits and dates are told by two clocks.
  EXPECT_GE(std::chrono::system_clock::now() + 10ms, std::chrono::system_clock::from_time_t(date));
}

TEST(Retry, AfterAPastDateOrNonsenseByItsOwnClock) {
  std::vector<std::future<double>> waits;
  for (const auto& value : {http_date(std::time(nullptr) - 3600), std::string("soon"), std::string("-1"),
                            std::string("nan"), std::string("0"), std::string()}) {
    waits.push_back(seconds_to_answer({{"retry-after", value}}));
  }
  for (auto& wait : waits) wait.get();
}

// Waiting is not failing: what was refused as too fast, or for want of room, is sent again until it is not.
TEST(Retry, WaitsOutRefusalsAndCountsNone) {
  for (const int status : {429, 503, 529}) {
    SCOPED_TRACE(status);
    const auto refusal = error_reply(status, "busy", "t", "c", {{"retry-after-ms", "1"}});
    Peer peer(in_turn({refusal, refusal, refusal, refusal, completion_reply("hello")}));
    const auto outcome = outcome_of(model_at(peer, without_retries()));
    ASSERT_TRUE(outcome) << outcome.error().what();
    EXPECT_EQ(outcome->attempts, 5);
    EXPECT_GT(outcome->times.quota.count(), 0);
  }
}

TEST(Retry, NotBeyondMaxWait) {
  CallOptions options;
  options.max_wait = std::chrono::milliseconds(300);
  for (const auto& fields : {Fields{{"retry-after", "36000"}}, Fields{{"retry-after-ms", "36000000"}}}) {
    Peer peer(always(too_fast(fields)));
    const auto error = error_of(model_at(peer), "hello", options);
    EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
    EXPECT_NE(error.info().message.find("36000 s"), std::string::npos) << error.what();
    EXPECT_EQ(peer.request_count(), 1u);
  }
  Peer peer(always(too_fast({})));
  const Stopwatch watch;
  const auto error = error_of(model_at(peer), "hello", options);
  EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
  EXPECT_EQ(error.info().provider_message, "Slow down");
  EXPECT_NE(error.info().message.find("max_wait"), std::string::npos) << error.what();
  EXPECT_GE(watch.seconds(), 0.2);
}

// The wait is the endpoint's: a call that was not refused itself is not sent into a refusal that is foreseen.
TEST(Retry, AWaitThatTwoWereToldHoldsBackAllCalls) {
  const auto refusal = too_fast({{"retry-after-ms", "400"}});
  Peer peer(in_turn({refusal, refusal, completion_reply("a"), completion_reply("b"), completion_reply("c")}));
  const Client client(client_options());
  const auto model = model_on(client, peer);
  auto first = model.submit("first");
  ASSERT_TRUE(peer.wait_until([&] { return client.stats().refusals == 1; }));
  const Stopwatch watch;
  auto second = model.submit("second");
  ASSERT_TRUE(peer.wait_until([&] { return client.stats().refusals == 2; }));
  model.invoke("third");
  EXPECT_GE(watch.seconds(), 0.4);
  first.get();
  second.get();
  EXPECT_EQ(peer.request_count(), 5u);
}

TEST(Retry, AWaitThatOneWasToldIsItsOwn) {
  Peer peer(in_turn({too_fast({{"retry-after", "60"}}), completion_reply("a"), completion_reply("b")}));
  const Client client(client_options());
  const auto model = model_on(client, peer);
  auto first = model.submit("first");
  ASSERT_TRUE(peer.wait_until([&] { return client.stats().refusals == 1; }));
  EXPECT_EQ(model.invoke("second"), "a");
  EXPECT_EQ(model.invoke("third"), "b");
  EXPECT_EQ(peer.request_count(), 3u);
  client.close();
  EXPECT_THROW(first.get(), Error);
}

TEST(Retry, GivesUpAfterTwo) {
  for (const int status : {408, 409, 500, 502, 504}) {
    SCOPED_TRACE(status);
    Peer peer(always(error_reply(status, "busy", "t", "c", {{"retry-after-ms", "1"}, {"x-request-id", "req-3"}})));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::server);
    EXPECT_EQ(error.info().status, status);
    EXPECT_EQ(error.info().attempts, 3);
    EXPECT_EQ(error.info().provider_message, "busy");
    EXPECT_EQ(error.info().request_id, "req-3");
    EXPECT_EQ(peer.request_count(), 3u);
  }
}

TEST(Retry, SucceedsInTheEnd) {
  for (const int status : {500, 502, 503, 504}) {
    SCOPED_TRACE(status);
    const auto busy = error_reply(status, "busy", "t", "c", {{"retry-after-ms", "1"}});
    Peer peer(in_turn({busy, busy, completion_reply("hello")}));
    const auto outcome = outcome_of(model_at(peer));
    ASSERT_TRUE(outcome) << outcome.error().what();
    EXPECT_EQ(outcome->text(), "hello");
    EXPECT_EQ(outcome->attempts, 3);
    EXPECT_EQ(peer.connections(), 1u);
  }
}

TEST(Retry, SaysHowLongItWaited) {
  const auto busy = reply(500, "", {{"retry-after-ms", "300"}});
  Peer peer(in_turn({busy, busy, completion_reply("hello")}));
  const auto model = model_at(peer);
  const Stopwatch watch;
  const auto outcome = outcome_of(model);
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_GE(watch.seconds(), 0.6);
  EXPECT_GE(outcome->times.backoff, std::chrono::milliseconds(600));
}

TEST(Retry, SendsTheSameRequest) {
  Peer peer(in_turn({reply(503, "", {{"retry-after-ms", "1"}}), completion_reply("hello")}));
  EXPECT_EQ(model_at(peer).invoke("the very same"), "hello");
  const auto requests = peer.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_EQ(requests[0].headers, requests[1].headers);
  EXPECT_EQ(prompt_of(requests[1]), "the very same");
}

TEST(Retry, AsOftenAsCallModelOrClientSay) {
  Peer peer(always(reply(500, "", {{"retry-after-ms", "1"}})));
  auto client = client_options();
  client.max_retries = 2;
  EXPECT_EQ(error_of(model_at(peer, client)).info().attempts, 3);

  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  options.model = "m";
  options.max_retries = 1;
  const OpenAI model(options, Client(client));
  EXPECT_EQ(error_of(model).info().attempts, 2);

  CallOptions never;
  never.max_retries = 0;
  EXPECT_EQ(error_of(model, "hello", never).info().attempts, 1);
}

TEST(Retry, OfABrokenConnectionTakesANewOne) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (request && conversation.connection_number() == 1) return conversation.reset();
    conversation.send(completion_reply("hello"));
  });
  const auto outcome = outcome_of(model_at(peer));
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->attempts, 2);
  EXPECT_EQ(peer.connections(), 2u);
}

}  // namespace
}  // namespace headway::test
