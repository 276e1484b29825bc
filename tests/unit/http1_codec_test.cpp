#include "net/http1_codec.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace headway::net {
namespace {

using namespace std::string_literals;
using State = Http1Decoder::State;

const std::string simple = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Request-Id: r1\r\n\r\nhello";
const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n";
const std::string until_close = "HTTP/1.1 200 OK\r\n\r\nhello";

State feed_in_slices(Http1Decoder& decoder, std::string_view bytes, std::size_t slice) {
  auto state = decoder.state();
  for (std::size_t at = 0; at < bytes.size(); at += slice) state = decoder.feed(bytes.substr(at, slice));
  return state;
}

TEST(Http1Decoder, ReadsAnAnswerInSlicesOfAnySize) {
  for (const auto& text : {simple, chunked}) {
    for (std::size_t slice = 1; slice <= text.size(); ++slice) {
      Http1Decoder decoder(0);
      ASSERT_EQ(feed_in_slices(decoder, text, slice), State::done) << slice;
      EXPECT_EQ(decoder.take_reply().body, "hello");
      EXPECT_TRUE(decoder.reusable());
    }
  }
}

TEST(Http1Decoder, ReadsAnEmptyChunkedBodyInSlicesOfAnySize) {
  const std::string empty = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t slice = 1; slice <= empty.size(); ++slice) {
    Http1Decoder decoder(0);
    ASSERT_EQ(feed_in_slices(decoder, empty, slice), State::done) << slice;
    EXPECT_EQ(decoder.take_reply().body, "");
  }
}

TEST(Http1Decoder, GivesStatusAndHeaders) {
  Http1Decoder decoder(0);
  decoder.feed(simple);
  const auto reply = decoder.take_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.value("x-request-id"), "r1");
}

TEST(Http1Decoder, ReadsNoBodyWhereHeadWasAsked) {
  for (const std::string told : {"Content-Length: 5", "Transfer-Encoding: chunked", "X-Other: 1"}) {
    Http1Decoder decoder(0);
    decoder.reset(true);
    EXPECT_EQ(decoder.feed("HTTP/1.1 200 OK\r\n" + told + "\r\n\r\n"), State::done) << told;
    EXPECT_EQ(decoder.take_reply().body, "");
    EXPECT_TRUE(decoder.reusable()) << told;
    decoder.reset();
    EXPECT_EQ(decoder.feed(simple), State::done);
    EXPECT_EQ(decoder.take_reply().body, "hello");
  }
}

TEST(Http1Decoder, ReadsOneAnswerAfterTheOther) {
  Http1Decoder decoder(0);
  for (int i = 0; i < 3; ++i) {
    decoder.reset();
    EXPECT_EQ(decoder.feed(simple), State::done);
    EXPECT_EQ(decoder.take_reply().body, "hello");
  }
}

TEST(Http1Decoder, PassesOverInterimAnswers) {
  const auto text = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + simple;
  for (std::size_t slice : {std::size_t{1}, std::size_t{7}, text.size()}) {
    Http1Decoder decoder(0);
    ASSERT_EQ(feed_in_slices(decoder, text, slice), State::done);
    const auto reply = decoder.take_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.find("link"), std::nullopt);
  }
}

TEST(Http1Decoder, ReadsABodyThatEndsWithTheConnection) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed(until_close), State::head_or_body);
  EXPECT_EQ(decoder.finish(true), State::done);
  EXPECT_EQ(decoder.take_reply().body, "hello");
  EXPECT_FALSE(decoder.reusable());
}

TEST(Http1Decoder, DoesNotTakeACutForAnEnd) {
  Http1Decoder decoder(0);
  decoder.feed(until_close);
  EXPECT_EQ(decoder.finish(false), State::failed);
  EXPECT_EQ(decoder.failure().kind, ErrorKind::incomplete);
}

TEST(Http1Decoder, CutAnywhereIsNeverAnAnswer) {
  for (const auto& [text, whole] : {std::pair(simple, simple.size()), std::pair(chunked, chunked.size() - 2)}) {
    for (std::size_t size = 0; size < whole; ++size) {
      Http1Decoder decoder(0);
      const auto state = size > 0 ? decoder.feed(text.substr(0, size)) : decoder.state();
      ASSERT_EQ(state, State::head_or_body) << size;
      ASSERT_EQ(decoder.finish(true), State::failed) << size;
      EXPECT_EQ(decoder.failure().kind, size == 0 ? ErrorKind::connect : ErrorKind::incomplete) << size;
    }
  }
}

// RFC 9112, 8.
TEST(Http1Decoder, TheLastChunkIsTheBodysEndWhateverComesOfTrailers) {
  for (const std::string after : {"", "\r", "Trailer: x\r\n", "Tr"}) {
    for (const bool clean : {true, false}) {
      Http1Decoder decoder(0);
      EXPECT_EQ(decoder.feed(chunked.substr(0, chunked.size() - 2) + after), State::head_or_body);
      EXPECT_EQ(decoder.finish(clean), State::done) << after;
      EXPECT_EQ(decoder.take_reply().body, "hello");
      EXPECT_FALSE(decoder.reusable());
    }
  }
}

TEST(Http1Decoder, AnEmptyBodyIsABody) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), State::done);
  EXPECT_EQ(decoder.take_reply().body, "");
  EXPECT_TRUE(decoder.reusable());
}

TEST(Http1Decoder, ConnectionCloseIsNotReused) {
  Http1Decoder decoder(0);
  decoder.feed("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_FALSE(decoder.reusable());
  decoder.reset();
  decoder.feed("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_FALSE(decoder.reusable());
}

TEST(Http1Decoder, CloseWinsOverKeepAlive) {
  for (const std::string fields : {"Connection: close, keep-alive\r\n", "Connection: keep-alive, close\r\n",
                                   "Connection: close\r\nConnection: Keep-Alive\r\n"}) {
    Http1Decoder decoder(0);
    ASSERT_EQ(decoder.feed("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 1\r\n\r\nx"), State::done);
    EXPECT_FALSE(decoder.reusable()) << fields;
  }
}

// RFC 9112, 6.1: it is not of HTTP/1.0.
TEST(Http1Decoder, ChunksInHttp10SpoilTheConnection) {
  for (const auto& [fields, stays] : {std::pair("Content-Length: 5\r\n\r\nhello"s, true),
                                      std::pair("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"s, false)}) {
    Http1Decoder decoder(0);
    ASSERT_EQ(decoder.feed("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + fields), State::done);
    EXPECT_EQ(decoder.take_reply().body, "hello");
    EXPECT_EQ(decoder.reusable(), stays);
  }
}

TEST(Http1Decoder, DoesNotFollowToAnotherProtocol) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), State::failed);
  EXPECT_EQ(decoder.failure().kind, ErrorKind::protocol);
}

TEST(Http1Decoder, BytesAfterTheAnswerSpoilTheConnection) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed(simple + "HTTP/1.1 200 OK\r\n"), State::done);
  EXPECT_FALSE(decoder.reusable());
}

TEST(Http1Decoder, RefusesWhatIsNotHttp) {
  for (const std::string text : {
           "<html>hello</html>\r\n\r\n",
           "HTTP/1.1 abc OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
       }) {
    Http1Decoder decoder(0);
    ASSERT_EQ(decoder.feed(text), State::failed) << text;
    EXPECT_EQ(decoder.failure().kind, ErrorKind::protocol);
  }
}

TEST(Http1Decoder, RefusesABodyAboveTheLimit) {
  const auto chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n";
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", chunk, "HTTP/1.1 200 OK\r\n\r\nhello!"}) {
    Http1Decoder decoder(5);
    ASSERT_EQ(decoder.feed(text), State::failed) << text;
    EXPECT_EQ(decoder.failure().kind, ErrorKind::protocol);
    EXPECT_NE(decoder.failure().detail.find("5 bytes"), std::string::npos);
  }
  Http1Decoder decoder(5);
  EXPECT_EQ(decoder.feed(simple), State::done);
}

TEST(Http1Decoder, RefusesAHeadThatNeverEnds) {
  Http1Decoder decoder(0);
  decoder.feed("HTTP/1.1 200 OK\r\n");
  const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
  auto state = State::head_or_body;
  for (int i = 0; i < 100 && state == State::head_or_body; ++i) state = decoder.feed(line);
  EXPECT_EQ(state, State::failed);
}

TEST(Http1Decoder, TakesHttpAsItComes) {
  const std::string body = "Content-Length: 5\r\n\r\nhello";
  for (
      const auto& text : {
          "HTTP/1.1 200\r\n" + body,                                // no reason, and no blank before it
          "HTTP/1.1 200 \r\n" + body,                               // no reason
          "HTTP/1.1 200 Tout va bien \xe9\r\n" + body,              // a reason of any bytes
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + body,        // told twice, the same
          "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello"s,  // so too
          "HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\n\tc\r\n" + body,  // a field on several lines
          "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Blank : x\r\n" + body,  // blanks where there should be none
          "HTTP/1.1 200 OK\r\nX Y: a\x01z\r\n" + body,              // what no name and no value may hold
          "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"s,           // LF alone (RFC 9112, 2.2)
          "\r\n\n\r\n" + simple,                                    // line ends of the answer before
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n" + body,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n"s,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"s,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n05 \r\nhello\r\n000 ;x=\"y\"\r\nTrailer: x\r\n\r\n"s,
      }) {
    for (std::size_t slice = 1; slice <= text.size(); ++slice) {
      Http1Decoder decoder(0);
      ASSERT_EQ(feed_in_slices(decoder, text, slice), State::done) << text << slice;
      EXPECT_EQ(decoder.reply().status, 200);
      EXPECT_EQ(decoder.reply().body, "hello") << text;
      EXPECT_TRUE(decoder.reusable()) << text;
    }
  }
}

TEST(Http1Decoder, FieldsComeWithoutWhatOnlyWritesThem) {
  Http1Decoder decoder(0);
  decoder.feed("HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\nX-Odd : a\x01z\r\n\r\n");
  EXPECT_EQ(decoder.reply().headers.value("x-long"), "a b");
  EXPECT_EQ(decoder.reply().headers.value("x-odd"), "a z");
}

// RFC 9112, 6.3.
TEST(Http1Decoder, ChunksWinOverALengthAndSpoilTheConnection) {
  for (const std::string fields :
       {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"}) {
    Http1Decoder decoder(0);
    EXPECT_EQ(decoder.feed("HTTP/1.1 200 OK\r\n" + fields + "\r\n5\r\nhello\r\n0\r\n\r\n"), State::done);
    EXPECT_EQ(decoder.take_reply().body, "hello");
    EXPECT_FALSE(decoder.reusable());
  }
}

TEST(Http1Decoder, AnotherCodingThanChunksEndsWithTheConnection) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nContent-Length: 2\r\n\r\nhello"),
            State::head_or_body);
  EXPECT_EQ(decoder.finish(true), State::done);
  EXPECT_EQ(decoder.take_reply().body, "hello");
}

TEST(Http1Decoder, WhatPacksTheBodyUnderTheChunksIsUndoneAsAContentEncoding) {
  Http1Decoder decoder(0);
  EXPECT_EQ(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n"),
            State::done);
  EXPECT_EQ(decoder.reply().headers.value("content-encoding"), "gzip");
  EXPECT_EQ(decoder.take_reply().body, "he");
}

/// How much of an endless repetition is taken before it is refused.
std::size_t taken_of(const std::string& beginning, const std::string& repeated) {
  constexpr std::size_t most = 10'000'000;
  Http1Decoder decoder(0);
  auto state = decoder.feed(beginning);
  std::size_t taken = 0;
  for (; state == State::head_or_body && taken < most; taken += repeated.size()) state = decoder.feed(repeated);
  EXPECT_EQ(state, State::failed) << beginning;
  EXPECT_EQ(decoder.failure().kind, ErrorKind::protocol);
  return taken;
}

TEST(Http1Decoder, NothingBesideTheBodyIsWithoutEnd) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_LE(taken_of(head + "0\r\n", "Trailer: x\r\n"), 70'000u);
  EXPECT_LE(taken_of(head + "5;x=", "y"), 70'000u);
  EXPECT_LE(taken_of(head + "0;x=", "y"), 70'000u);
  EXPECT_LE(taken_of(head + "0", "0"), 70'000u);
  EXPECT_LE(taken_of(head, "1;" + std::string(1'000, 'x') + "\r\ny\r\n"), 70'000u);
  EXPECT_LE(taken_of("HTTP/1.1 200 OK\r\nX: ", "y"), 70'000u);
  EXPECT_LE(taken_of("HTTP/1.1 200 ", "y"), 70'000u);
  EXPECT_LE(taken_of("", "HTTP/1.1 100 Continue\r\n\r\n"), 2'600u);
  EXPECT_LE(taken_of("", "\r\n"), 70'000u);
}

TEST(Http1Decoder, VeryManySmallChunksAreABody) {
  Http1Decoder decoder(0);
  decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(decoder.feed("1\r\nx\r\n"), State::head_or_body) << i;
  EXPECT_EQ(decoder.feed("0\r\n\r\n"), State::done);
  EXPECT_EQ(decoder.reply().body.size(), 100'000u);
}

TEST(Http1Decoder, InterimAnswersAreNoBeginning) {
  Http1Decoder decoder(0);
  decoder.feed("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_FALSE(decoder.has_begun());
  decoder.feed("H");
  EXPECT_TRUE(decoder.has_begun());
}

TEST(Http1Head, WritesHostAndLength) {
  const auto head = std::make_shared<RequestHead>();
  head->origin = Origin(false, "h", 8080);
  head->target = "/v1/completions";
  head->headers.add("Accept", "*/*");
  Request request;
  request.head = head;
  request.body = "{}";
  EXPECT_EQ(http1_head(request),
            "POST /v1/completions HTTP/1.1\r\nHost: h:8080\r\nAccept: */*\r\nContent-Length: 2\r\n\r\n");
  request.body.clear();
  EXPECT_NE(http1_head(request).find("Content-Length: 0\r\n"), std::string::npos);
  head->method = "GET";
  EXPECT_EQ(http1_head(request).find("Content-Length"), std::string::npos);
}

}  // namespace
}  // namespace headway::net
