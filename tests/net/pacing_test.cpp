// How calls are let in: one endpoint that refuses, several that share the work, caps on what is spent.

#include <thread>

#include <gtest/gtest.h>

#include "model_at.hpp"
#include "streamed.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

RouteOptions route_to(const Peer& peer, const std::string& model = "") {
  RouteOptions route;
  route.base_url = peer.url("/v1");
  route.api_key = "sk-of-port-" + std::to_string(peer.port());
  route.model = model;
  return route;
}

/// A client's whose own endpoint is the peer.
ClientOptions options_at(const Peer& peer) {
  auto options = client_options();
  options.base_url = peer.url("/v1");
  options.api_key = "sk-x";
  return options;
}

OpenAI model_over(std::vector<RouteOptions> routes, ClientOptions client = client_options()) {
  client.endpoints = std::move(routes);
  OpenAIOptions options;
  options.model = "a-model";
  return OpenAI(options, Client(client));
}

std::vector<std::string> models_asked_for(const Peer& peer) {
  std::vector<std::string> models;
  for (const auto& request : peer.requests()) models.push_back(json_field(request.body, "model"));
  return models;
}

std::size_t answers_of(const OpenAI& model, std::size_t calls) {
  std::size_t good = 0;
  auto futures = submit_many(model, calls);
  for (auto& future : futures) good += ended(future) ? 1 : 0;
  return good;
}

TEST(Pacing, KeepsCallsInFlightUnderTheLimit) {
  std::atomic<int> now = 0, most = 0;
  Peer peer([&](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      most = std::max<int>(most, ++now);
      conversation.wait_for_requests(3);
      conversation.sleep(20ms);
      --now;
      conversation.send(echo_reply(*request));
    }
  });
  auto client = options_at(peer);
  client.limits.max_concurrency = 3;
  const OpenAI model{Client(client)};
  EXPECT_EQ(answers_of(model, 30), 30u);
  EXPECT_EQ(most, 3);
}

TEST(Pacing, SaysWhatLimitsAndForHowLong) {
  Peer peer(always(error_reply(429, "Slow down", "requests", "c", {{"retry-after", "60"}})));
  const Client client(client_options());
  const auto model = model_on(client, peer);
  auto calls = submit_many(model, 5);
  EXPECT_TRUE(peer.wait_until([&] { return client.stats().calls_waiting == 5; }))
      << "as seen from another thread, though no call has begun or ended since";
  EXPECT_TRUE(peer.wait_until([&] { return client.stats().limited_by == LimitedBy::server; }))
      << to_string(client.stats().limited_by);
  EXPECT_TRUE(peer.wait_until([&] {
    const auto stats = client.stats();
    return stats.calls_told_to_wait > 0 && stats.calls_waiting == 5;
  })) << "for as long as they were told";
  const auto stats = client.stats();
  EXPECT_GE(stats.refusals, 1u);
  EXPECT_GT(stats.resumes_in, 1s);
  client.close();
  for (auto& call : calls) EXPECT_EQ(ended(call).error().kind(), ErrorKind::cancelled);
}

TEST(Pacing, AWrongKeyEndsTheCallsThatWaitAndThoseThatCome) {
  Peer peer([](Conversation& conversation) {
    while (conversation.read_request()) {
      std::this_thread::sleep_for(50ms);
      conversation.send(error_reply(401, "Incorrect API key", "t", "invalid_api_key"));
    }
  });
  auto client = options_at(peer);
  client.limits.max_concurrency = 1;
  const OpenAI model{Client(client)};
  auto calls = submit_many(model, 20);
  for (auto& call : calls) EXPECT_EQ(ended(call).error().kind(), ErrorKind::authentication);
  EXPECT_EQ(error_of(model).info().attempts, 0);
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(Pacing, ARefusalThatIsToldToOthersShowsNoPromptOfTheFirst) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      conversation.send(error_reply(401, "Wrong key for: " + prompt_of(*request), "t", "c"));
    }
  });
  const auto model = model_at(peer);
  error_of(model, "My name is Ada Lovelace and this is a secret.");
  const auto told = error_of(model, "another prompt");
  EXPECT_EQ(told.kind(), ErrorKind::authentication);
  EXPECT_EQ(told.info().attempts, 0);
  EXPECT_EQ(std::string(told.what()).find("Lovelace"), std::string::npos) << told.what();
}

TEST(Pacing, AHeaderOfOneCallShutsNoOther) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      const bool wrong = request->headers.at("authorization") == "Bearer wrong";
      conversation.send(wrong ? error_reply(401, "no", "t", "c") : echo_reply(*request));
    }
  });
  const auto model = model_at(peer);
  CallOptions wrong;
  wrong.headers = {{"Authorization", "Bearer wrong"}};
  EXPECT_EQ(error_of(model, "hello", wrong).kind(), ErrorKind::authentication);
  EXPECT_TRUE(outcome_of(model));
}

TEST(Pacing, ReadsTheLimitsOfStreamsToo) {
  auto reply = streamed_reply({"a", "b"});
  reply.insert(reply.find("\r\n") + 2,
               "x-ratelimit-limit-requests: 600\r\nx-ratelimit-remaining-requests: 599\r\n"
               "x-ratelimit-reset-requests: 100ms\r\n");
  Peer peer(in_turn({reply}));
  const Client client(client_options());
  const auto model = model_on(client, peer);
  EXPECT_EQ(text_of(model.stream("hello")), "ab");
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(text_of(model.stream("hello")), "ab");
  EXPECT_NEAR(client.stats().requests_per_minute_allowed, 600, 10);
}

TEST(Pacing, ALimitOfForeverIsNone) {
  Peer peer(echo());
  CallOptions options;
  options.deadline = options.timeout = options.max_wait = std::chrono::milliseconds::max();
  EXPECT_TRUE(outcome_of(model_at(peer), "hello", options));
}

TEST(Routing, SharesCallsByWeight) {
  Peer large(echo(1ms));
  Peer small(echo(1ms));
  auto heavy = route_to(large, "large-model");
  heavy.weight = 3;
  EXPECT_EQ(answers_of(model_over({heavy, route_to(small)}), 80), 80u);
  EXPECT_EQ(large.request_count(), 60u);
  EXPECT_EQ(small.request_count(), 20u);
  for (const auto& name : models_asked_for(large)) EXPECT_EQ(name, "large-model");
  for (const auto& name : models_asked_for(small)) EXPECT_EQ(name, "a-model");
}

TEST(Routing, NoKeyGoesToAnotherEndpoint) {
  Peer one(echo());
  Peer two(echo());
  EXPECT_EQ(answers_of(model_over({route_to(one), route_to(two)}), 20), 20u);
  for (const auto* peer : {&one, &two}) {
    ASSERT_GT(peer->request_count(), 0u);
    for (const auto& request : peer->requests()) {
      EXPECT_EQ(request.headers.at("authorization"), "Bearer sk-of-port-" + std::to_string(peer->port()));
    }
  }
}

TEST(Routing, WhatOneRefusesTheOtherTakes) {
  Peer refusing(always(error_reply(429, "Slow down", "t", "c", {{"retry-after", "60"}})));
  Peer good(echo());
  EXPECT_EQ(answers_of(model_over({route_to(refusing), route_to(good)}), 20), 20u);
  EXPECT_GE(good.request_count(), 20u);
}

TEST(Routing, AWrongKeyAtOneLeavesTheOther) {
  Peer wrong(always(error_reply(401, "Incorrect API key", "t", "invalid_api_key")));
  Peer good(echo());
  const auto model = model_over({route_to(wrong), route_to(good)});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(outcome_of(model));
  EXPECT_EQ(wrong.request_count(), 1u);
}

TEST(Routing, AFallbackIsLeftAloneWhileTheOthersWork) {
  Peer first(echo());
  Peer second(echo());
  auto fallback = route_to(second);
  fallback.fallback = true;
  EXPECT_EQ(answers_of(model_over({fallback, route_to(first)}), 20), 20u);
  EXPECT_EQ(second.request_count(), 0u);

  Peer refusing(always(error_reply(429, "Slow down", "t", "c", {{"retry-after", "60"}})));
  EXPECT_EQ(answers_of(model_over({route_to(refusing), fallback}), 5), 5u);
  EXPECT_EQ(second.request_count(), 5u);
}

std::string answer_with_usage(int prompt_tokens, int completion_tokens) {
  return reply(200, R"({"choices":[{"index":0,"text":"x","finish_reason":"stop"}],"usage":{"prompt_tokens":)" +
                        std::to_string(prompt_tokens) + R"(,"completion_tokens":)" + std::to_string(completion_tokens) +
                        R"(,"total_tokens":)" + std::to_string(prompt_tokens + completion_tokens) + "}}");
}

TEST(Spending, IsCountedInTokensAndMoney) {
  Peer peer(always(answer_with_usage(1000, 500)));
  auto client_with_prices = options_at(peer);
  client_with_prices.prices.in = 2;
  client_with_prices.prices.out = 4;
  const Client client(client_with_prices);
  EXPECT_EQ(answers_of(OpenAI(client), 10), 10u);
  EXPECT_EQ(client.stats().prompt_tokens, 10'000);
  EXPECT_EQ(client.stats().completion_tokens, 5'000);
  EXPECT_NEAR(client.stats().cost, 0.04, 1e-9);
}

TEST(Spending, IsToldByEndpointModelAndTier) {
  Peer plain(always(answer_with_usage(1000, 500)));
  Peer flexible(always(reply(200, R"({"choices":[{"index":0,"text":"x","finish_reason":"stop"}],"service_tier":"flex",
      "usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":4}}})")));
  auto dear = route_to(plain, "dear-model");
  dear.prices.in = dear.prices.out = 10;
  auto client_options_of_both = client_options();
  client_options_of_both.endpoints = {dear, route_to(flexible)};
  const Client client(client_options_of_both);
  OpenAIOptions options;
  options.model = "a-model";
  EXPECT_EQ(answers_of(OpenAI(options, client), 10), 10u);
  const auto spend = client.spend();
  ASSERT_EQ(spend.size(), 2u);
  EXPECT_EQ(spend[0].model, "dear-model");
  EXPECT_EQ(spend[0].endpoint, "127.0.0.1:" + std::to_string(plain.port()));
  EXPECT_EQ(spend[0].calls, 5);
  EXPECT_NEAR(spend[0].cost.value(), 0.075, 1e-9);
  EXPECT_EQ(spend[1].model, "a-model");
  EXPECT_EQ(spend[1].service_tier, "flex");
  EXPECT_EQ(spend[1].usage.cached_tokens, 20);
  EXPECT_EQ(spend[1].cost, std::nullopt);
}

TEST(Spending, IsToldOfEachAnswer) {
  Peer peer(always(answer_with_usage(1000, 500)));
  auto options = options_at(peer);
  EXPECT_EQ(outcome_of(OpenAI{Client(options)}).value().cost, std::nullopt);
  options.prices.in = 2;
  options.prices.out = 4;
  EXPECT_NEAR(outcome_of(OpenAI{Client(options)}).value().cost.value(), 0.004, 1e-9);
  EXPECT_NEAR(Client(options).request("/v1/completions", R"({"model":"m"})").cost.value(), 0.004, 1e-9);
}

TEST(Spending, StopsBeforeTheCapIsPassed) {
  Peer peer(always(answer_with_usage(4, 16)));
  auto capped = options_at(peer);
  capped.max_total_tokens = 200;
  const Client client(capped);
  OpenAIOptions options;
  options.max_tokens = 16;
  const OpenAI model(options, client);
  auto calls = submit_many(model, 50);
  std::size_t good = 0;
  for (auto& call : calls) {
    const auto outcome = ended(call);
    good += outcome ? 1 : 0;
    EXPECT_TRUE(outcome || outcome.error().kind() == ErrorKind::quota_exhausted) << outcome.error().what();
  }
  EXPECT_LE(client.stats().prompt_tokens + client.stats().completion_tokens, 200);
  EXPECT_GE(good, 8u);
  EXPECT_EQ(peer.request_count(), good);
}

TEST(Spending, WhatWasCancelledBeforeItWasSentCostsNothing) {
  Peer peer(stalling());
  auto capped = options_at(peer);
  capped.max_connections = 1;
  capped.max_total_tokens = 1'000'000;
  const Client client(capped);
  OpenAIOptions options;
  options.max_tokens = 100;
  const OpenAI model(options, client);
  auto calls = submit_many(model, 20);
  ASSERT_TRUE(has_requests(peer, 1));
  client.close();
  for (auto& call : calls) EXPECT_EQ(ended(call).error().kind(), ErrorKind::cancelled);
  EXPECT_LE(client.stats().prompt_tokens + client.stats().completion_tokens, 200) << "that of one call, as estimated";
}

TEST(Spending, ACapOnMoneyWantsAPrice) {
  Peer peer(echo());
  auto capped = options_at(peer);
  capped.max_cost = 1;
  EXPECT_EQ(error_of(OpenAI(Client(capped))).kind(), ErrorKind::configuration);
  EXPECT_EQ(peer.request_count(), 0u);
}

TEST(Spending, WhatMakesNoSenseIsRefusedAtOnce) {
  auto options = client_options();
  options.limits.requests_per_minute = -1;
  EXPECT_EQ(thrown_by([&] { const Client client(options); }).kind(), ErrorKind::configuration);
  options.limits.requests_per_minute = 0;
  options.max_cost = -1;
  EXPECT_EQ(thrown_by([&] { const Client client(options); }).kind(), ErrorKind::configuration);
}

}  // namespace
}  // namespace headway::test
