// An Http2Session and a server's session, back to back in memory.

#include "net/http2_session.hpp"

#include <gtest/gtest.h>

#include "support/http2_server.hpp"

namespace headway::net {
namespace {

using namespace std::chrono_literals;
using test::Fields;
using test::Http2Server;
using test::Http2ServerOptions;

constexpr std::uint32_t refused_stream = 7, cancel = 8, internal_error = 2, compression_error = 9;

class Http2 : public testing::Test {
 protected:
  explicit Http2(const Http2Limits& limits = Http2Limits(), Http2ServerOptions options = Http2ServerOptions())
      : server(options), session(limits, now) {}

  Http2Stream& submit(const std::string& body = "{}") {
    bodies.push_back(std::make_unique<Request>());
    auto& request = *bodies.back();
    auto head = std::make_shared<RequestHead>();
    head->origin = Origin(true, "api.example.com", 443);
    head->target = "/v1/completions";
    head->headers.add("Authorization", "Bearer k");
    head->headers.add("Connection", "close");
    request.head = std::move(head);
    request.body = body;
    auto stream = std::make_unique<Http2Stream>();
    auto& kept = *stream;
    session.submit(request, std::move(stream));
    return kept;
  }

  /// Carries bytes both ways until there are none, in slices of `slice`.
  void exchange(std::size_t slice = 1 << 20) {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto bytes = session.output(); !bytes.empty(); bytes = session.output()) {
        server.receive(bytes);
        moved = true;
      }
      const auto answer = server.output();
      for (std::size_t at = 0; at < answer.size(); at += slice) {
        session.receive(std::string_view(answer).substr(at, slice), now);
        moved = true;
      }
    }
  }

  std::int32_t next_request() {
    exchange();
    const auto incoming = server.next();
    EXPECT_TRUE(incoming);
    return incoming ? incoming->stream : 0;
  }

  void release(Http2Stream& stream) { session.release(stream, now); }

  const Failure& failure_of(const Http2Stream& stream) {
    EXPECT_FALSE(stream.is_whole);
    if (stream.failure) return *stream.failure;
    ADD_FAILURE() << "the stream has not failed";
    static const Failure none(ErrorKind::exception, "");
    return none;
  }

  Http2Session::time_point now{1h};
  std::vector<std::unique_ptr<Request>> bodies;
  Http2Server server;
  Http2Session session;
};

TEST_F(Http2, ARequestAndItsAnswer) {
  auto& stream = submit("{\"prompt\":\"x\"}");
  exchange();
  const auto incoming = server.next();
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->request.method, "POST");
  EXPECT_EQ(incoming->request.target, "/v1/completions");
  EXPECT_EQ(incoming->request.body, "{\"prompt\":\"x\"}");
  EXPECT_EQ(incoming->request.header(":authority"), "api.example.com");
  EXPECT_EQ(incoming->request.header("authorization"), "Bearer k");
  EXPECT_EQ(incoming->request.header("content-length"), "14");
  EXPECT_EQ(incoming->request.header("connection"), "");
  EXPECT_TRUE(stream.sent);

  server.reply(incoming->stream, 200, "hello", {{"x-request-id", "r1"}});
  exchange();
  EXPECT_TRUE(stream.is_whole);
  EXPECT_EQ(stream.reply.status, 200);
  EXPECT_EQ(stream.reply.headers.value("X-Request-Id"), "r1");
  EXPECT_EQ(stream.reply.body, "hello");
  EXPECT_EQ(session.next_touched(), &stream);
  EXPECT_EQ(session.next_touched(), nullptr);
  release(stream);
  exchange();
  EXPECT_TRUE(session.streams().empty());
  EXPECT_TRUE(server.resets().empty());
}

TEST_F(Http2, ReadsAnswersByteByByte) {
  auto& stream = submit();
  const auto id = next_request();
  server.interim(id, 103);
  server.reply(id, 404, std::string(3000, 'x'));
  exchange(1);
  EXPECT_TRUE(stream.is_whole);
  EXPECT_EQ(stream.reply.status, 404);
  EXPECT_EQ(stream.reply.headers.value("x-interim"), "");
  EXPECT_EQ(stream.reply.body, std::string(3000, 'x'));
}

TEST_F(Http2, ABodyLargerThanAllWindows) {
  const std::string large(5'000'000, 'y');
  auto& stream = submit(large);
  exchange();
  const auto incoming = server.next();
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->request.body.size(), large.size());
  server.reply(incoming->stream, 200, large);
  exchange();
  EXPECT_TRUE(stream.is_whole);
  EXPECT_EQ(stream.reply.body, large);
}

TEST_F(Http2, OneHeldBackStopsAtItsWindowAndNoOther) {
  auto& slow = submit();
  const auto slow_id = next_request();
  auto& quick = submit();
  const auto quick_id = next_request();
  session.hold_back(slow, true);
  server.reply(slow_id, 200, std::string(300'000, 's'));
  server.reply(quick_id, 200, std::string(3'000'000, 'q'));
  exchange();
  EXPECT_TRUE(quick.is_whole);
  EXPECT_FALSE(slow.is_whole);
  EXPECT_LE(slow.reply.body.size(), 65'535u);
  session.hold_back(slow, false);
  exchange();
  EXPECT_TRUE(slow.is_whole);
  EXPECT_EQ(slow.reply.body.size(), 300'000u);
}

TEST_F(Http2, TakesAHundredStreamsUntilSettingsAndTheServersLimitAfter) {
  EXPECT_EQ(session.room(), 100u);
  for (int i = 0; i < 100; ++i) submit();
  EXPECT_EQ(session.room(), 0u);
  server.settle(250);
  exchange();
  EXPECT_EQ(session.width(), 250u);
  EXPECT_EQ(session.room(), 150u);
  server.settle(20);
  exchange();
  EXPECT_EQ(session.room(), 0u);
}

TEST_F(Http2, ASlotIsFreeAtTheStreamsEnd) {
  auto& stream = submit();
  const auto id = next_request();
  const auto before = session.room();
  server.head(id, 200, {});
  exchange();
  EXPECT_EQ(session.room(), before);
  server.data(id, "x", true);
  exchange();
  release(stream);
  EXPECT_EQ(session.room(), before + 1);
}

TEST_F(Http2, WhatWasRefusedWasNotProcessed) {
  auto& stream = submit();
  server.reset(next_request(), refused_stream);
  exchange();
  EXPECT_TRUE(failure_of(stream).unprocessed);
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::connect);
}

TEST_F(Http2, GoawayEndsWhatItDidNotProcessAndLetsTheRestFinish) {
  auto& first = submit();
  const auto first_id = next_request();
  auto& second = submit();
  next_request();
  server.goaway(first_id);
  exchange();
  EXPECT_TRUE(failure_of(second).unprocessed);
  EXPECT_TRUE(session.is_draining());
  EXPECT_EQ(session.room(), 0u);
  EXPECT_FALSE(first.failure);
  server.reply(first_id, 200, "done");
  exchange();
  EXPECT_TRUE(first.is_whole);
}

TEST_F(Http2, AResetByTheServerSaysItsCode) {
  for (const auto code : {1u, internal_error, 3u, 5u, cancel, 11u, 12u, 13u}) {
    auto& early = submit();
    server.reset(next_request(), code);
    exchange();
    EXPECT_EQ(failure_of(early).kind, code == 13u ? ErrorKind::protocol : ErrorKind::connect) << code;
    EXPECT_FALSE(failure_of(early).unprocessed);
    EXPECT_TRUE(failure_of(early).sent);
    release(early);

    auto& late = submit();
    const auto id = next_request();
    server.head(id, 200, {});
    server.data(id, "half", false);
    exchange();
    server.reset(id, code);
    exchange();
    EXPECT_EQ(failure_of(late).kind, code == 13u ? ErrorKind::protocol : ErrorKind::incomplete) << code;
    release(late);
  }
  EXPECT_FALSE(session.is_draining());
}

TEST_F(Http2, ACancelledCallIsReset) {
  auto& stream = submit();
  const auto id = next_request();
  release(stream);
  exchange();
  ASSERT_EQ(server.resets().size(), 1u);
  EXPECT_EQ(server.resets()[0], std::pair(id, cancel));
  EXPECT_FALSE(session.is_draining());
}

TEST_F(Http2, OneCancelledBeforeItWasSentLeavesNoTrace) {
  release(submit());
  auto& other = submit();
  exchange();
  const auto incoming = server.next();
  ASSERT_TRUE(incoming);
  server.reply(incoming->stream, 200, "ok");
  exchange();
  EXPECT_TRUE(other.is_whole);
  EXPECT_EQ(server.request_count(), 1u);
}

class FewResets : public Http2 {
 protected:
  static Http2Limits limits() {
    Http2Limits few;
    few.resets_at_once = 10;
    few.resets_per_second = 1;
    return few;
  }
  FewResets() : Http2(limits()) {}
};

TEST_F(FewResets, PastTheBudgetOfResetsTheConnectionIsDrained) {
  std::vector<Http2Stream*> streams;
  for (int i = 0; i < 30; ++i) streams.push_back(&submit());
  auto& neighbour = submit();
  std::int32_t last = 0;
  for (int i = 0; i < 31; ++i) last = next_request();
  for (auto* stream : streams) release(*stream);
  exchange();
  EXPECT_EQ(server.resets().size(), 10u);
  EXPECT_TRUE(session.is_draining());
  for (std::int32_t id = 1; id < last; id += 2) server.reply(id, 200, "too late");
  server.reply(last, 200, "ok");
  exchange();
  EXPECT_TRUE(neighbour.is_whole);
  release(neighbour);
  EXPECT_TRUE(session.streams().empty());
}

TEST_F(FewResets, TheBudgetComesBackWithTime) {
  for (int i = 0; i < 100; ++i) {
    auto& stream = submit();
    next_request();
    release(stream);
    now += 1s;
  }
  EXPECT_FALSE(session.is_draining());
}

class Rotated : public Http2 {
 protected:
  static Http2Limits limits() {
    Http2Limits few;
    few.max_requests = 40;
    return few;
  }
  Rotated() : Http2(limits()) {}
};

TEST_F(Rotated, TheConnectionEndsBeforeTheServerEndsIt) {
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(session.is_ending(), i >= 38) << i;
    ASSERT_GT(session.room(), 0u);
    auto& stream = submit();
    server.reply(next_request(), 200, "ok");
    exchange();
    EXPECT_TRUE(stream.is_whole);
    release(stream);
  }
  EXPECT_EQ(session.room(), 0u);
  EXPECT_TRUE(session.is_draining());
}

TEST_F(Http2, ALostConnectionEndsEveryStreamByHowFarItWas) {
  auto& answered = submit();
  const auto id = next_request();
  server.head(id, 200, {});
  server.data(id, "half", false);
  auto& waiting = submit();
  exchange();
  auto& unsent = submit();
  session.lose("the server closed the connection");
  EXPECT_EQ(failure_of(answered).kind, ErrorKind::incomplete);
  EXPECT_EQ(failure_of(waiting).kind, ErrorKind::connect);
  EXPECT_TRUE(failure_of(waiting).sent);
  EXPECT_FALSE(failure_of(waiting).unprocessed);
  EXPECT_TRUE(failure_of(unsent).unprocessed);
  EXPECT_FALSE(failure_of(unsent).sent);
  EXPECT_TRUE(session.is_over());
}

TEST_F(Http2, SilenceIsAskedAndThenEnded) {
  EXPECT_EQ(session.next_tick(), Http2Session::time_point::max());
  auto& stream = submit();
  next_request();
  now += 30s;
  ASSERT_EQ(session.next_tick(), now);
  session.tick(now);
  exchange();
  EXPECT_EQ(server.pings(), 1u);
  EXPECT_FALSE(stream.failure);  // the server has answered

  now += 30s;
  session.tick(now);
  session.output();  // and this one it never sees
  now += 14s;
  session.tick(now);
  EXPECT_FALSE(session.is_over());
  now += 1s;
  session.tick(now);
  EXPECT_TRUE(session.is_over());
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::connect);
  EXPECT_NE(failure_of(stream).detail.find("PING"), std::string::npos);
}

TEST_F(Http2, FloodsAreEndedAndOrdinaryPingsAreNot) {
  submit();
  next_request();
  for (int i = 0; i < 3000; ++i) {
    server.ping();
    exchange();
    now += 100ms;
  }
  EXPECT_FALSE(session.is_over());
  for (int i = 0; i < 3000; ++i) server.frame(6, 0, 0, "12345678");
  exchange();
  EXPECT_TRUE(session.is_over());
}

TEST_F(Http2, FloodsOfSettingsAndOfEmptyDataAreEnded) {
  auto& stream = submit();
  const auto id = next_request();
  server.head(id, 200, {});
  exchange();
  for (int i = 0; i < 3000; ++i) server.frame(0, 0, id, "");
  exchange();
  EXPECT_TRUE(session.is_over());
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::incomplete);
}

struct Flood {
  const char* name;
  std::uint8_t type;
  std::uint8_t flags;
  bool on_stream;
  std::string payload;
};

class Floods : public Http2, public testing::WithParamInterface<Flood> {};

constexpr std::uint8_t padded = 8;
INSTANTIATE_TEST_SUITE_P(Of, Floods,
                         testing::Values(Flood{"PaddingAlone", 0, padded, true,
                                               std::string("\x4") + std::string(4, '\0')},
                                         Flood{"AltSvc", 10, 0, false, std::string("\0\x1xh3", 5)},
                                         Flood{"Origin", 12, 0, false, ""}, Flood{"UnknownTypes", 0xbe, 0, true, "x"},
                                         Flood{"Windows", 8, 0, false, std::string("\0\0\0\x1", 4)}),
                         [](const auto& made) { return std::string(made.param.name); });

TEST_P(Floods, AreEndedAndAFewAreNot) {
  auto& stream = submit();
  const auto id = next_request();
  server.head(id, 200, {});
  exchange();
  const auto& [name, type, flags, on_stream, payload] = GetParam();
  for (int i = 0; i < 500; ++i) server.frame(type, flags, on_stream ? id : 0, payload);
  exchange();
  EXPECT_FALSE(session.is_over());
  for (int i = 0; i < 3000; ++i) server.frame(type, flags, on_stream ? id : 0, payload);
  exchange();
  EXPECT_TRUE(session.is_over());
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::incomplete);
}

TEST_F(Http2, AnUploadReadInSmallPiecesIsNoFlood) {
  submit(std::string(5'000'000, 'x'));
  exchange();
  EXPECT_TRUE(server.next());
  for (int i = 0; i < 4'000; ++i) server.frame(8, 0, 0, std::string("\0\0\0\x1", 4));
  exchange();
  EXPECT_FALSE(session.is_over());
}

TEST_F(Http2, InterimAnswersAreNoAnswerAndNotWithoutEnd) {
  auto& stream = submit();
  const auto id = next_request();
  for (int i = 0; i < 50; ++i) server.interim(id, 102);
  exchange();
  EXPECT_EQ(session.next_touched(), nullptr);
  for (int i = 0; i < 100; ++i) server.interim(id, 102);
  exchange();
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::protocol);
  EXPECT_FALSE(session.is_over());
}

TEST_F(Http2, AResetAfterEachAnswerIsNoFloodAndMoreAre) {
  constexpr auto reset = 3;
  const std::string no_error(4, '\0');
  std::int32_t id = 0;
  for (int i = 0; i < 3000; ++i) {
    auto& stream = submit();
    id = next_request();
    server.reply(id, 200, "hello");
    exchange();
    EXPECT_TRUE(stream.is_whole);
    release(stream);
    server.frame(reset, 0, id, no_error);
    exchange();
  }
  EXPECT_FALSE(session.is_over());
  for (int i = 0; i < 3000; ++i) server.frame(reset, 0, id, no_error);
  exchange();
  EXPECT_TRUE(session.is_over());
}

TEST_F(Http2, BrokenCompressionEndsTheConnectionWithAGoodbye) {
  auto& stream = submit();
  server.frame(1, 4, next_request(), std::string(20, '\xff'));
  exchange();
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::connect);
  EXPECT_TRUE(session.is_over());
  EXPECT_EQ(server.goodbye(), compression_error);
}

TEST_F(Http2, PushesAndFramesThatAreTooLargeEndTheConnection) {
  for (const bool push : {true, false}) {
    Http2Session one(Http2Limits(), now);
    const auto push_promise = std::string("\0\0\0\2", 4) + "\x82\x86\x84";
    Http2Server other;
    other.frame(0, 0, 0, "");
    if (push) {
      other.frame(5, 4, 1, push_promise);
    } else {
      other.frame(0, 0, 1, std::string(20'000, 'x'));
    }
    one.receive(other.output(), now);
    while (!one.output().empty()) {
    }
    EXPECT_TRUE(one.is_over());
  }
}

TEST_F(Http2, AServerOfAnotherProtocolIsNotAskedAgain) {
  auto& stream = submit();
  session.output();
  session.receive("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", now);
  while (!session.output().empty()) {
  }
  EXPECT_EQ(failure_of(stream).kind, ErrorKind::protocol);
}

TEST_F(Http2, AHeadThatIsTooLargeEndsItsStreamAlone) {
  auto& large = submit();
  const auto large_id = next_request();
  auto& other = submit();
  const auto other_id = next_request();
  Fields fields;
  for (int i = 0; i < 40; ++i) fields.emplace_back("x-" + std::to_string(i), std::string(2000, 'h'));
  server.head(large_id, 200, fields, true);
  exchange();
  EXPECT_EQ(failure_of(large).kind, ErrorKind::protocol);
  server.reply(other_id, 200, "ok");
  exchange();
  EXPECT_TRUE(other.is_whole);
}

class SmallBodies : public Http2 {
 protected:
  static Http2Limits limits() {
    Http2Limits small;
    small.max_body = 1000;
    return small;
  }
  SmallBodies() : Http2(limits()) {}
};

TEST_F(SmallBodies, ABodyThatIsTooLargeEndsItsStreamAlone) {
  auto& large = submit();
  server.reply(next_request(), 200, std::string(1001, 'x'));
  auto& fitting = submit();
  server.reply(next_request(), 200, std::string(1000, 'x'));
  exchange();
  EXPECT_EQ(failure_of(large).kind, ErrorKind::protocol);
  EXPECT_NE(failure_of(large).detail.find("1000 bytes"), std::string::npos);
  EXPECT_TRUE(fitting.is_whole);
}

}  // namespace
}  // namespace headway::net
