#include "net/http1_codec.hpp"

#include <gtest/gtest.h>

#include <string>

namespace headway::net {
namespace {

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
  for (const auto& text : {simple, chunked}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      Http1Decoder decoder(0);
      const auto state = size > 0 ? decoder.feed(text.substr(0, size)) : decoder.state();
      ASSERT_EQ(state, State::head_or_body) << size;
      ASSERT_EQ(decoder.finish(true), State::failed) << size;
      EXPECT_EQ(decoder.failure().kind, size == 0 ? ErrorKind::connect : ErrorKind::incomplete) << size;
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
