// run(): the loop, the client and the way out.

#include <headway/run.hpp>

#include <gtest/gtest.h>

#include <headway/client.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

OpenAIOptions at(const Peer& peer) {
  OpenAIOptions options;
  options.base_url = peer.url("/v1");
  return options;
}

awaitable<ClientStats> ask_twice(OpenAI model, Client client) {
  co_await model.ainvoke("a");
  co_await model.ainvoke("b");
  co_return client.stats();
}

TEST(Run, GivesMainTheClientThatModelsUseThere) {
  Peer peer(echo());
  const OpenAI model(at(peer));
  const auto stats = run([&](const Client& client) { return ask_twice(model, client); });
  EXPECT_EQ(stats.attempts, 2U);
  EXPECT_EQ(stats.calls_ended, 2U);
}

TEST(Run, TakesTheClientsOptions) {
  Peer peer(in_turn({reply(500, "")}));
  const OpenAI model(at(peer));
  const auto main = [&](const Client&) { return model.ainvoke("a"); };
  EXPECT_EQ(thrown_by([&] { run(main, without_retries()); }).kind(), ErrorKind::server);
  EXPECT_EQ(peer.request_count(), 1U);
}

}  // namespace
}  // namespace headway::test
