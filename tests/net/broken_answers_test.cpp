// Answers that are none: the connection breaks, or what comes is not HTTP.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// Reads one request, sends the bytes, closes.
Peer::Script once(std::string bytes) {
  return [bytes = std::move(bytes)](Conversation& conversation) {
    conversation.read_request();
    conversation.send(bytes);
  };
}

Outcome<Response> answer_of(Peer::Script script, const ClientOptions& client = without_retries()) {
  Peer peer(std::move(script));
  return outcome_of(model_at(peer, client));
}

ErrorInfo failure_of(Peer::Script script, const ClientOptions& client = without_retries()) {
  Peer peer(std::move(script));
  const auto error = error_of(model_at(peer, client));
  EXPECT_EQ(peer.request_count(), 1u);
  return error.info();
}

TEST(BrokenAnswer, ARefusedConnectionIsTriedAgainAndThenTold) {
  const RefusedPort nobody;
  const auto url = "http://127.0.0.1:" + std::to_string(nobody.port());
  const auto info = error_of(model_at(url + "/v1")).info();
  EXPECT_EQ(info.kind, ErrorKind::connect);
  EXPECT_NE(info.message.find("refused"), std::string::npos) << info.message;
  EXPECT_EQ(info.endpoint, url.substr(7) + "/v1/completions");
  EXPECT_EQ(info.status, 0);
  EXPECT_EQ(info.attempts, 3);
  EXPECT_FALSE(info.maybe_billed);
}

TEST(BrokenAnswer, ClosedBeforeTheHead) {
  const auto info = failure_of([](Conversation& conversation) {
    conversation.read_request();
    conversation.close();
  });
  EXPECT_EQ(info.kind, ErrorKind::connect);
  EXPECT_TRUE(info.maybe_billed);
  EXPECT_EQ(info.attempts, 1);
}

TEST(BrokenAnswer, ResetBeforeTheHead) {
  const auto info = failure_of([](Conversation& conversation) {
    conversation.read_request();
    conversation.reset();
  });
  EXPECT_EQ(info.kind, ErrorKind::connect);
  EXPECT_TRUE(info.maybe_billed);
}

TEST(BrokenAnswer, ClosedInsideTheHead) {
  const auto info = failure_of(once("HTTP/1.1 200 OK\r\nContent-Ty"));
  EXPECT_EQ(info.kind, ErrorKind::incomplete);
  EXPECT_TRUE(info.maybe_billed);
}

TEST(BrokenAnswer, ClosedAfterTheHead) {
  const auto info = failure_of(once(head + "Content-Length: 100\r\n\r\n"));
  EXPECT_EQ(info.kind, ErrorKind::incomplete);
  EXPECT_TRUE(info.maybe_billed);
}

TEST(BrokenAnswer, ClosedInsideTheBody) {
  const auto whole = completion_reply("hello");
  EXPECT_EQ(failure_of(once(whole.substr(0, whole.size() - 1))).kind, ErrorKind::incomplete);
  const auto chunks = chunked_reply(200, {completion_body("hello")});
  EXPECT_EQ(failure_of(once(chunks.substr(0, chunks.size() - 5))).kind, ErrorKind::incomplete);
}

TEST(BrokenAnswer, ResetInsideTheBody) {
  const auto info = failure_of([&](Conversation& conversation) {
    conversation.read_request();
    conversation.send(head + "Content-Length: 100\r\n\r\n{");
    conversation.sleep(100ms);  // a reset takes with it what was not read yet
    conversation.reset();
  });
  EXPECT_TRUE(info.kind == ErrorKind::incomplete || info.kind == ErrorKind::connect) << to_string(info.kind);
}

TEST(BrokenAnswer, ABodyLongerThanItsContentLength) {
  const auto body = completion_body("hello");
  const auto info = failure_of(once(head + "Content-Length: " + std::to_string(body.size() - 10) + "\r\n\r\n" + body));
  EXPECT_EQ(info.kind, ErrorKind::protocol);
}

TEST(BrokenAnswer, ABodyWithoutALengthEndsWithTheConnection) {
  const auto outcome = answer_of(once(head + "\r\n" + completion_body("hello")));
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "hello");
}

TEST(BrokenAnswer, ChunksOfABadSize) {
  for (const auto* size : {"zz", "-5", "", "FFFFFFFFFFFFFFFFF"}) {
    SCOPED_TRACE(size);
    const auto info = failure_of(once(head + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\nhello\r\n0\r\n\r\n"));
    EXPECT_EQ(info.kind, ErrorKind::protocol);
    EXPECT_EQ(info.attempts, 1);
  }
}

TEST(BrokenAnswer, WhatIsNotHttp) {
  for (const auto* text : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.9 200 OK\r\n\r\n"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(failure_of(once(text)).kind, ErrorKind::protocol);
  }
}

TEST(BrokenAnswer, AHeadWithoutEnd) {
  EXPECT_EQ(failure_of(once(head + "X-Long: " + std::string(70'000, 'x'))).kind, ErrorKind::protocol);
}

TEST(BrokenAnswer, SlicesOfOneByteAreNone) {
  for (const auto& response : {completion_reply("slow"), chunked_reply(200, {completion_body("slow")})}) {
    const auto outcome = answer_of([&](Conversation& conversation) {
      conversation.read_request();
      conversation.send_slowly(response, 1, 0ms);
    });
    ASSERT_TRUE(outcome) << outcome.error().what();
    EXPECT_EQ(outcome->text(), "slow");
  }
}

TEST(BrokenAnswer, InterimAnswersArePassedOver) {
  const auto outcome = answer_of(once("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + completion_reply("hello")));
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "hello");
}

TEST(BrokenAnswer, AboveTheSizeLimit) {
  auto client = without_retries();
  const auto body = completion_body(std::string(2000, 'x'));
  client.max_response_bytes = body.size();
  ASSERT_TRUE(answer_of(once(reply(200, body)), client));
  ASSERT_TRUE(answer_of(once(chunked_reply(200, {body})), client));
  client.max_response_bytes = body.size() - 1;
  for (const auto& response :
       {reply(200, body), chunked_reply(200, {body}), head + "\r\n" + body, reply(500, std::string(4000, 'x'))}) {
    const auto info = failure_of(once(response), client);
    EXPECT_EQ(info.kind, ErrorKind::protocol);
    EXPECT_NE(info.message.find(std::to_string(body.size() - 1)), std::string::npos) << info.message;
  }
}

TEST(BrokenAnswer, AToldLengthIsNotBelieved) {
  const auto huge = head + "Content-Length: 9000000000000000\r\n\r\n";
  EXPECT_EQ(failure_of(once(huge)).kind, ErrorKind::protocol);
  auto client = without_retries();
  client.max_response_bytes = 0;
  EXPECT_EQ(failure_of(once(huge), client).kind, ErrorKind::incomplete);
}

TEST(BrokenAnswer, AnAnswerBeforeTheRequestWasReadCounts) {
  Peer peer([](Conversation& conversation) {
    char some[1000];
    conversation.stream().read_some(some, sizeof some);
    conversation.send(error_reply(413, "too large", "invalid_request_error", "request_too_large"));
  });
  const auto error = error_of(model_at(peer, without_retries()), std::string(2 << 20, 'x'));
  EXPECT_EQ(error.kind(), ErrorKind::bad_request) << error.what();
  EXPECT_EQ(error.info().status, 413);
}

}  // namespace
}  // namespace headway::test
