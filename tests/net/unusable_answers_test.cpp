// Answers with a status of success that cannot be used.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

/// One call to a peer that answers everything so. Nothing here is worth a retry.
Error failure_from(const std::string& response) {
  Peer peer(always(response));
  const auto error = error_of(model_at(peer));
  EXPECT_EQ(peer.request_count(), 1u);
  EXPECT_EQ(error.info().attempts, 1);
  EXPECT_EQ(error.info().request_id, "req-1");
  return error;
}

std::string good_head_with(const std::string& body, const std::string& type = "application/json") {
  return reply(200, body, {{"x-request-id", "req-1"}, {"Content-Type", type}});
}

std::string choices(const std::string& list) {
  return R"({"id":"c","object":"text_completion","created":1,"model":"m","choices":[)" + list + "]}";
}

std::string choice(const std::string& text, const std::string& index) {
  const auto field = index.empty() ? std::string() : R"(,"index":)" + index;
  return R"({"text":")" + text + R"(","finish_reason":"stop","logprobs":null)" + field + "}";
}

TEST(UnusableAnswer, SaysWhatItIs) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the answer's body is empty"},
      {"<!DOCTYPE html><html><body>Please log in</body></html>", "is the base URL right?"},
      {R"({"choices":[{"text":"half an ans)", "breaks off"},
      {R"({"choices":[{"text":1 2}]})", "malformed"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {choices(choice("\xC3\x28", "0")), "not valid UTF-8"},
      {R"({"object":"text_completion"})", "has no choices"},
      {choices(""), "has no choices"},
      {choices(R"({"index":0})"), "without a text"},
      {R"({"choices":"none"})", "has no choices"},
  };
  for (const auto& [body, words] : cases) {
    SCOPED_TRACE(body);
    const auto error = failure_from(good_head_with(body));
    EXPECT_EQ(error.kind(), ErrorKind::protocol);
    EXPECT_NE(error.info().message.find(words), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("half an"), std::string::npos);
  }
}

TEST(UnusableAnswer, IsToldByItsBytesAndNotByItsContentType) {
  EXPECT_EQ(failure_from(good_head_with("<html></html>", "text/html")).kind(), ErrorKind::protocol);
  Peer peer(always(good_head_with(completion_body("hello"), "text/plain")));
  EXPECT_EQ(model_at(peer).invoke("hi"), "hello");
}

TEST(UnusableAnswer, OfStatus204) {
  Peer peer(always("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_EQ(error_of(model_at(peer)).kind(), ErrorKind::protocol);
}

TEST(UnusableAnswer, AnErrorThatCameWithSuccess) {
  const auto error = failure_from(good_head_with(error_body("the model does not exist", "x", "model_not_found")));
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.info().provider_message, "the model does not exist");
}

TEST(UnusableAnswer, SamplesAreToldApartByTheirIndexAlone) {
  CallOptions two;
  two.extra_body = R"({"n":2})";
  Peer sound(always(reply(200, choices(choice("second", "1") + "," + choice("first", "0")))));
  const auto outcome = outcome_of(model_at(sound), "hi", two);
  ASSERT_TRUE(outcome) << outcome.error().what();
  ASSERT_EQ(outcome->choices.size(), 2u);
  EXPECT_EQ(outcome->choices[0].text, "first");
  EXPECT_EQ(outcome->choices[1].text, "second");
  EXPECT_EQ(json_field(sound.requests()[0].body, "n"), "");
  EXPECT_NE(sound.requests()[0].body.find(R"("n":2)"), std::string::npos);

  Peer half(always(reply(200, choices(choice("first", "0")))));
  const auto fewer = outcome_of(model_at(half), "hi", two);
  ASSERT_FALSE(fewer);
  EXPECT_EQ(fewer.error().kind(), ErrorKind::protocol);
  EXPECT_NE(fewer.error().info().message.find("1 of the 2 choices"), std::string::npos) << fewer.error().what();
  EXPECT_FALSE(fewer.error().info().body.empty()) << "it was paid for";

  const std::pair<std::string, std::string> cases[] = {
      {choice("a", "") + "," + choice("b", ""), "no index"},
      {choice("a", "0") + "," + choice("b", ""), "no index"},
      {choice("a", "0") + "," + choice("b", "null"), "no index"},
      {choice("a", "0") + "," + choice("b", "0"), "two choices with the index 0"},
      {choice("a", "0") + "," + choice("b", "2"), "the index 2"},
      {choice("a", "0") + "," + choice("b", "-1"), "the index -1"},
  };
  for (const auto& [list, words] : cases) {
    SCOPED_TRACE(list);
    const auto error = failure_from(good_head_with(choices(list)));
    EXPECT_EQ(error.kind(), ErrorKind::protocol);
    EXPECT_NE(error.info().message.find(words), std::string::npos) << error.what();
  }
}

TEST(UnusableAnswer, OneChoiceNeedsNoIndex) {
  Peer peer(always(reply(200, choices(choice("alone", "")))));
  EXPECT_EQ(model_at(peer).invoke("hi"), "alone");
}

TEST(UnusableAnswer, OfAChat) {
  Peer peer(always(reply(200, choices(R"({"index":0,"content":"not in a message"})"))));
  EXPECT_EQ(thrown_by([&] { chat_at(peer).invoke("hi"); }).kind(), ErrorKind::protocol);
}

TEST(UnusableAnswer, TheConnectionIsUsedAgain) {
  Peer peer(in_turn({good_head_with("{"), completion_reply("hello")}));
  const auto model = model_at(peer);
  EXPECT_EQ(error_of(model).kind(), ErrorKind::protocol);
  EXPECT_EQ(model.invoke("hi"), "hello");
  EXPECT_EQ(peer.connections(), 1u);
}

}  // namespace
}  // namespace headway::test
