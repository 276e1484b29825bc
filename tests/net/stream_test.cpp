// Streamed answers as a range: what comes, what goes wrong on the way, and what is sent again.

#include <atomic>

#include <gtest/gtest.h>

#include "streamed.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

using Chunks = std::vector<StreamChunk>;

Chunks chunks_of(headway::Stream stream) {
  Chunks chunks;
  for (const auto& chunk : stream) chunks.push_back(chunk);
  return chunks;
}

Error stream_error(headway::Stream stream) {
  return thrown_by([&] { text_of(std::move(stream)); });
}

/// Sends the bytes to each request, and closes.
Peer::Script saying(const std::string& bytes) {
  return [bytes](Conversation& conversation) {
    conversation.read_request();
    conversation.send(bytes);
  };
}

TEST(Streaming, GivesTheTextsInOrderThenReasonAndUsage) {
  Peer peer(streaming({"Hel", "lo ", "é"}));
  const auto chunks = chunks_of(model_at(peer).stream("hi"));
  ASSERT_EQ(chunks.size(), 5u);
  EXPECT_EQ(chunks[0].text + chunks[1].text + chunks[2].text, "Hello é");
  EXPECT_EQ(chunks[2].finish_reason, "");
  EXPECT_EQ(chunks[3].finish_reason, "stop");
  EXPECT_EQ(chunks[4].usage.value().completion_tokens, 7);
  EXPECT_NE(chunks[0].raw.find("test-model"), std::string::npos);
}

TEST(Streaming, SumsUpAtTheEnd) {
  Peer peer([](Conversation& conversation) {
    while (conversation.read_request()) {
      std::this_thread::sleep_for(200ms);
      conversation.send(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-request-id: req_7\r\n"
          "Transfer-Encoding: chunked\r\n\r\n");
      std::this_thread::sleep_for(200ms);
      conversation.send(piece(delta("x")));
      std::this_thread::sleep_for(200ms);
      conversation.send(piece(delta("", "stop")));
      conversation.send(piece(usage_event()));
      conversation.send(piece(done_event));
      conversation.send(last_piece);
    }
  });
  auto stream = model_at(peer).stream("hi");
  EXPECT_FALSE(stream.summary());
  for (const auto& chunk : stream) EXPECT_TRUE(!chunk.text.empty() || !stream.summary());
  const auto summary = stream.summary().value();
  EXPECT_EQ(summary.request_id, "req_7");
  EXPECT_EQ(summary.usage.completion_tokens, 7);
  EXPECT_EQ(summary.attempts, 1);
  EXPECT_EQ(summary.cost, std::nullopt);
  const auto& times = summary.times;
  EXPECT_GT(times.send.count(), 0);
  EXPECT_GT(times.first_token.count(), 0);
  // Sums: a stage begins when the client sees it begin, and one that is seen late is shorter than at the server.
  EXPECT_GE(times.send + times.first_byte, 200ms);
  EXPECT_GE(times.send + times.first_byte + times.first_token, 400ms);
  EXPECT_GE(times.send + times.first_byte + times.first_token + times.body, 600ms);
}

TEST(Streaming, AsksForIt) {
  Peer peer(streaming({"x"}));
  CallOptions options;
  options.max_tokens = 3;
  text_of(model_at(peer).stream("hi", options));
  const auto request = peer.requests().front();
  EXPECT_EQ(request.target, "/v1/completions");
  EXPECT_EQ(json_field(request.body, "prompt"), "hi");
  EXPECT_NE(request.body.find(R"("max_tokens":3,"stream":true,"stream_options":{"include_usage":true})"),
            std::string::npos);
}

TEST(Streaming, GivesAChatsTexts) {
  Peer peer(saying(stream_head() + piece(chat_delta("Hel") + chat_delta("lo", "stop") + done_event) + last_piece));
  EXPECT_EQ(text_of(chat_at(peer).stream("hi")), "Hello");
  EXPECT_EQ(peer.requests().front().target, "/v1/chat/completions");
}

TEST(Streaming, GivesEachTextAsSoonAsItComes) {
  std::atomic<int> heard = 0;
  Peer peer([&](Conversation& conversation) {
    conversation.read_request();
    conversation.send(stream_head());
    for (int i = 0; i < 3; ++i) {
      conversation.send(piece(delta("x")));
      while (heard <= i && conversation.sleep(1ms)) {
      }
    }
    conversation.send(piece(done_event) + last_piece);
  });
  for (const auto& chunk : model_at(peer).stream("hi")) heard += chunk.text == "x" ? 1 : 0;
  EXPECT_EQ(heard, 3);
}

TEST(Streaming, ReadsSlicesOfOneByteAndEveryLineEnd) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    const std::string crlf = "\r\n";
    std::string events = "\xEF\xBB\xBF: ping" + crlf + crlf;
    for (const auto* text : {"Hel", "lo \xC3\xA9"}) {
      auto lines = delta(text);
      events += lines.replace(lines.size() - 2, 2, crlf + crlf);
    }
    conversation.send(stream_head());
    for (const char byte : events + "data: [DONE]\r\r") conversation.send(piece(std::string(1, byte)));
    conversation.send(last_piece);
  });
  EXPECT_EQ(text_of(model_at(peer).stream("hi")), "Hello é");
}

TEST(Streaming, TellsChoicesApart) {
  Peer peer(saying(stream_head() +
                   piece(delta("a", "", 1) + delta("b", "", 0) + delta("c", "stop", 1) + delta("", "length", 0)) +
                   last_piece));
  const auto chunks = chunks_of(model_at(peer).stream("hi"));
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks[0].index, 1u);
  EXPECT_EQ(chunks[1].index, 0u);
  EXPECT_EQ(chunks[2].index, 1u);
}

TEST(Streaming, FewerChoicesThanAskedForAreAFailureThatWasPaidFor) {
  CallOptions two;
  two.extra_body = R"({"n":2})";
  Peer peer(saying(stream_head() + piece(delta("half", "stop") + usage_event() + done_event) + last_piece));
  auto stream = model_at(peer).stream("hi", two);
  auto chunk = stream.begin();
  EXPECT_EQ(chunk->text, "half");
  const auto error = thrown_by([&] {
    while (chunk != stream.end()) ++chunk;
  });
  EXPECT_EQ(error.kind(), ErrorKind::protocol);
  EXPECT_NE(error.info().message.find("1 of the 2 choices"), std::string::npos) << error.what();
  EXPECT_EQ(error.info().usage.total_tokens, 12);
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(Streaming, KeepsItsConnectionForTheNext) {
  Peer peer(streaming({"x"}));
  const auto model = model_at(peer);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(text_of(model.stream("hi")), "x");
  EXPECT_EQ(peer.connections(), 1u);
}

TEST(Streaming, EndsAtDoneThoughTheSocketStaysOpen) {
  Peer peer(stalling(stream_head() + piece(delta("all") + done_event)));
  EXPECT_EQ(text_of(model_at(peer).stream("hi")), "all");
  EXPECT_TRUE(all_closed(peer)) << "it is not waited for long";
}

TEST(Streaming, EndsWithItsBytesIfEveryChoiceHasItsReason) {
  Peer peer(saying("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + delta("all", "stop")));
  EXPECT_EQ(text_of(model_at(peer).stream("hi")), "all");
}

TEST(Streaming, TakesAnAnswerThatIsNotStreamed) {
  Peer peer(in_turn({completion_reply("all at once")}));
  const auto chunks = chunks_of(model_at(peer).stream("hi"));
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].text, "all at once");
  EXPECT_FALSE(chunks[0].finish_reason.empty());
}

TEST(Streaming, IsRefusedAsAnyCall) {
  Peer peer(in_turn({error_reply(401, "no", "t", "invalid_api_key")}));
  EXPECT_EQ(stream_error(model_at(peer).stream("hi")).kind(), ErrorKind::authentication);
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(Streaming, IsSentAgainBeforeTheFirstChunk) {
  const std::string faults[] = {
      stream_head() + last_piece,    // a clean end
      stream_head() + "400\r\ndat",  // a cut
      stream_head() + piece(event(R"({"error":{"message":"overloaded","code":503}})")) + last_piece,
      stream_head() + piece(delta("lost") + event(R"({"error":{"message":"overloaded","code":503}})")),
  };
  for (const auto& fault : faults) {
    Peer peer([&](Conversation& conversation) {
      conversation.read_request();
      conversation.send(conversation.request_number() == 1 ? fault : streamed_reply({"ok"}));
    });
    EXPECT_EQ(text_of(model_at(peer).stream("hi")), "ok") << fault;
    EXPECT_EQ(peer.request_count(), 2u) << fault;
  }
}

TEST(Streaming, IsNotSentAgainAfterTheFirstChunk) {
  std::atomic<bool> heard = false;
  const auto after_the_first = [&](const std::string& bytes) {
    return [&heard, bytes](Conversation& conversation) {
      conversation.read_request();
      conversation.send(stream_head() + piece(delta("half")));
      while (!heard && conversation.sleep(1ms)) {
      }
      conversation.send(bytes);
    };
  };
  const std::pair<std::string, ErrorKind> ends[] = {
      {last_piece, ErrorKind::incomplete},                          // a clean end
      {"400\r\ndata: {\"cho", ErrorKind::incomplete},               // a cut
      {piece("data: {\"cho") + last_piece, ErrorKind::incomplete},  // an event without its end
      {piece(event(R"({"error":{"message":"it broke","type":"server_error"}})")), ErrorKind::server},
      {piece(event(R"({"choices":)")), ErrorKind::protocol},
  };
  for (const auto& [bytes, kind] : ends) {
    heard = false;
    Peer peer(after_the_first(bytes));
    auto stream = model_at(peer).stream("hi");
    auto chunk = stream.begin();
    EXPECT_EQ(chunk->text, "half");
    heard = true;
    const auto error = thrown_by([&] { ++chunk; });
    EXPECT_EQ(error.kind(), kind) << bytes;
    EXPECT_TRUE(error.info().maybe_billed) << bytes;
    EXPECT_EQ(error.info().attempts, 1) << bytes;
    EXPECT_EQ(peer.request_count(), 1u) << bytes;
    EXPECT_EQ(thrown_by([&] { ++chunk; }).kind(), kind) << "and again: " << bytes;
  }
}

TEST(Streaming, AnErrorInTheStreamSaysWhatTheProviderSaid) {
  Peer peer(saying(stream_head() +
                   piece(event(R"({"error":{"message":"no more hi-prompt-of-24-bytes-at-least","code":"x"}})"))));
  const auto error = stream_error(model_at(peer, without_retries()).stream("hi-prompt-of-24-bytes-at-least"));
  EXPECT_EQ(error.info().provider_message, "no more [prompt]");
  EXPECT_EQ(error.info().request_id, "req_stream");
  EXPECT_NE(error.info().endpoint.find("/v1/completions"), std::string::npos);
}

TEST(Streaming, AnEndlessLineIsRefused) {
  Peer peer([](Conversation& conversation) {
    conversation.read_request();
    conversation.send(stream_head());
    while (conversation.send(piece(std::string(1 << 18, 'x')))) {
    }
  });
  EXPECT_EQ(stream_error(model_at(peer).stream("hi")).kind(), ErrorKind::protocol);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Streaming, StandingStillIsATimeout) {
  Peer peer(stalling(stream_head() + piece(delta("x"))));
  auto client = without_retries();
  client.timeouts.idle = 50ms;
  EXPECT_EQ(stream_error(model_at(peer, client).stream("hi")).kind(), ErrorKind::idle_timeout);
  CallOptions options;
  options.timeout = 50ms;
  EXPECT_EQ(stream_error(model_at(peer, without_retries()).stream("hi", options)).kind(), ErrorKind::timeout);
  options.timeout.reset();
  options.deadline = 50ms;
  EXPECT_EQ(stream_error(model_at(peer).stream("hi", options)).kind(), ErrorKind::deadline);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Streaming, LeavingEarlyClosesItsConnection) {
  Peer peer(stalling(stream_head() + piece(delta("a") + delta("b"))));
  const auto model = model_at(peer);
  for (const auto& chunk : model.stream("hi")) {
    EXPECT_EQ(chunk.text, "a");
    break;
  }
  EXPECT_TRUE(all_closed(peer));
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(Streaming, StartsWithItsFirstStep) {
  Peer peer(echo());
  const auto model = model_at(peer);
  { const auto never_begun = model.stream("hi"); }
  EXPECT_EQ(model.invoke("other"), "echo: other");
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(Streaming, MayBeMovedAndGoneThroughInParts) {
  Peer peer(streaming({"a", "b", "c"}));
  auto first = model_at(peer).stream("hi");
  EXPECT_EQ(first.begin()->text, "a");
  auto second = std::move(first);
  auto chunk = second.begin();
  EXPECT_EQ(chunk->text, "a");
  chunk++;
  EXPECT_EQ((*second.begin()).text, "b");
  EXPECT_EQ(text_of(std::move(second)), "bc");
}

TEST(Streaming, ASlowReaderSlowsItsOwnStreamOnly) {
  constexpr int pieces = 2000;  // of 16 KB, 32 MB in all: more than sockets have room for
  std::atomic<int> sent = 0;
  Peer peer([&](Conversation& conversation) {
    const auto request = conversation.read_request();
    if (!request) return;
    if (prompt_of(*request) == "quick") return void(conversation.send(streamed_reply({"ok"})));
    const auto large = piece(delta(std::string(16 << 10, 'x')));
    conversation.send(stream_head());
    while (sent < pieces && conversation.send(large)) ++sent;
    conversation.send(piece(done_event) + last_piece);
  });
  const auto model = model_at(peer);
  auto slow = model.stream("slow");
  auto chunk = slow.begin();
  for (int before = -1; before != sent;) {
    before = sent;
    peer.wait_until([] { return false; }, 200ms);
  }
  EXPECT_LT(sent, pieces);
  EXPECT_EQ(text_of(model.stream("quick")), "ok");
  int read = 0;
  for (; chunk != slow.end(); ++chunk) ++read;
  EXPECT_EQ(read, pieces);
}

TEST(Streaming, HoldingBackIsNoStandingStill) {
  Peer peer([&](Conversation& conversation) {
    conversation.read_request();
    conversation.send(stream_head());
    for (int i = 0; i < 64; ++i) conversation.send(piece(delta(std::string(16 << 10, 'x'))));
    conversation.send(piece(done_event) + last_piece);
  });
  auto client = without_retries();
  client.timeouts.idle = 2s;
  auto stream = model_at(peer, client).stream("hi");
  EXPECT_FALSE(stream.begin()->text.empty());
  peer.wait_until([] { return false; }, 2500ms);
  EXPECT_EQ(text_of(std::move(stream)).size(), 64u << 14);
}

}  // namespace
}  // namespace headway::test
