// Streamed answers over HTTP/2: many on one connection, none of which may harm the others.

#include <atomic>

#include <gtest/gtest.h>

#include <headway/headway.hpp>

#include "streamed.hpp"
#include "support/http2_script.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using Incoming = Http2Server::Incoming;

class StreamingOverHttp2 : public testing::Test {
 protected:
  /// Until the peer's end, which must come before that of what the handler refers to.
  void serve(Http2Handler handler) { peer.emplace(http2(std::move(handler), Http2ServerOptions(), &log)); }
  OpenAI model() const {
    auto options = client_options();
    options.http = HttpVersion::http_2;
    options.max_connections = 1;
    return model_at(*peer, options);
  }
  static void begin(Http2Connection& connection, std::int32_t stream) {
    connection.server.head(stream, 200, {{"content-type", "text/event-stream"}});
  }

  Http2Log log;
  std::optional<Peer> peer;
};

TEST_F(StreamingOverHttp2, GivesTheTextsInOrder) {
  serve([](Http2Connection& connection, const Incoming& incoming) {
    begin(connection, incoming.stream);
    const auto say = [&connection, stream = incoming.stream](const std::string& bytes, bool last) {
      return [&connection, stream, bytes, last] { connection.server.data(stream, bytes, last); };
    };
    connection.after(2ms, say(delta("Hel"), false));
    connection.after(4ms, say(delta("lo").substr(0, 20), false));
    connection.after(6ms, say(delta("lo").substr(20), false));
    connection.after(8ms, say(delta("", "stop") + usage_event() + done_event, true));
  });
  const auto one = model();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(one.stream("hi")), "Hello");
  EXPECT_EQ(log.connections, 1);
  EXPECT_EQ(log.resets, 0);
}

TEST_F(StreamingOverHttp2, AHundredAtOnceOnOneConnection) {
  std::vector<Incoming> held;
  serve([&](Http2Connection& connection, const Incoming& incoming) {
    begin(connection, incoming.stream);
    held.push_back(incoming);
    if (held.size() < 100) return;
    for (int round = 0; round < 10; ++round) {
      for (const auto& each : held) connection.server.data(each.stream, delta(prompt_of(each.request)), false);
    }
    for (const auto& each : held) connection.server.data(each.stream, delta("", "stop") + done_event, true);
  });
  auto ask = [](OpenAI llm, std::string prompt) -> awaitable<std::string> {
    std::string text;
    auto stream = llm.astream(prompt);
    while (auto chunk = co_await stream.next()) text += chunk->text;
    co_return text;
  };
  auto main = [&]() -> awaitable<void> {
    std::vector<awaitable<std::string>> tasks;
    const auto one = model();
    for (int i = 0; i < 100; ++i) tasks.push_back(ask(one, std::to_string(i)));
    const auto texts = co_await gather(std::move(tasks));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::string expected;
      for (int round = 0; round < 10; ++round) expected += std::to_string(i);
      EXPECT_EQ(texts[i], expected);
    }
  };
  run(main);
  EXPECT_EQ(log.connections, 1);
}

TEST_F(StreamingOverHttp2, ASlowReaderHoldsUpNoOtherStreamOfItsConnection) {
  constexpr std::size_t all = 8 << 20;
  std::atomic<std::size_t> held_up = all;
  std::function<void(Http2Connection&, std::int32_t)> watch = [&](Http2Connection& connection, std::int32_t stream) {
    held_up = connection.server.held_up(stream);
    connection.after(2ms, [&, stream] { watch(connection, stream); });
  };
  serve([&](Http2Connection& connection, const Incoming& incoming) {
    if (prompt_of(incoming.request) != "slow") return echo_on(connection, incoming);
    begin(connection, incoming.stream);
    std::string body;
    while (body.size() < all) body += delta(std::string(4 << 10, 'x'));
    connection.server.data(incoming.stream, body + done_event, true);
    watch(connection, incoming.stream);
  });
  const auto one = model();
  auto slow = one.stream("slow");
  EXPECT_FALSE(slow.begin()->text.empty());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(one.invoke("quick"), echo_of("quick"));
  for (std::size_t before = 0; before != held_up;) {
    before = held_up;
    peer->wait_until([] { return false; }, 100ms);
  }
  EXPECT_GT(held_up, all / 2) << "most of it waits at the server";
  EXPECT_EQ(one.invoke("quick"), echo_of("quick"));
  EXPECT_GT(text_of(std::move(slow)).size(), all - (all >> 4));
  EXPECT_EQ(log.connections, 1);
  peer.reset();
}

TEST_F(StreamingOverHttp2, LeavingEarlyResetsTheStreamAndKeepsTheConnection) {
  serve([](Http2Connection& connection, const Incoming& incoming) {
    if (prompt_of(incoming.request) != "left") return echo_on(connection, incoming);
    begin(connection, incoming.stream);
    connection.server.data(incoming.stream, delta("a") + delta("b"), false);
  });
  const auto one = model();
  for (const auto& chunk : one.stream("left")) {
    EXPECT_EQ(chunk.text, "a");
    break;
  }
  EXPECT_TRUE(peer->wait_until([&] { return log.resets == 1; }));
  EXPECT_EQ(one.invoke("hi"), echo_of("hi"));
  EXPECT_EQ(log.connections, 1);
}

TEST_F(StreamingOverHttp2, EndsAtDoneThoughTheServersStreamStaysOpen) {
  serve([](Http2Connection& connection, const Incoming& incoming) {
    if (prompt_of(incoming.request) != "open") return echo_on(connection, incoming);
    begin(connection, incoming.stream);
    connection.server.data(incoming.stream, delta("all") + done_event, false);
  });
  const auto one = model();
  EXPECT_EQ(text_of(one.stream("open")), "all");
  EXPECT_TRUE(peer->wait_until([&] { return log.resets == 1; })) << "it is not waited for long";
  EXPECT_EQ(one.invoke("hi"), echo_of("hi"));
  EXPECT_EQ(log.connections, 1);
}

TEST_F(StreamingOverHttp2, AResetIsAnErrorAfterTheFirstChunkAndAnotherAttemptBeforeIt) {
  std::atomic<bool> heard = false;
  const Http2Handler reset_when_heard = [&](Http2Connection& connection, const Incoming& incoming) {
    const auto internal_error = 2u;
    if (heard || log.requests == 1) return connection.server.reset(incoming.stream, internal_error);
    connection.after(2ms, [&, incoming] { reset_when_heard(connection, incoming); });
  };
  serve([&](Http2Connection& connection, const Incoming& incoming) {
    begin(connection, incoming.stream);
    if (log.requests > 1) connection.server.data(incoming.stream, delta("half"), false);
    reset_when_heard(connection, incoming);
  });
  auto stream = model().stream("hi");
  auto chunk = stream.begin();
  EXPECT_EQ(chunk->text, "half");
  heard = true;
  const auto error = thrown_by([&] { ++chunk; });
  EXPECT_EQ(error.info().attempts, 2);
  EXPECT_TRUE(error.info().maybe_billed);
  EXPECT_EQ(log.requests, 2);
  peer.reset();
}

}  // namespace
}  // namespace headway::test
