// Refusals that no retry mends: one request, and an error that says all that is known.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

std::string refusal(int status, const std::string& message, const std::string& code) {
  return error_reply(status, message, "some_type", code, {{"x-request-id", "req-7"}});
}

std::string host_of(const Peer& peer) {
  return "127.0.0.1:" + std::to_string(peer.port());
}

TEST(Refusal, IsNotTriedAgainAndSaysAllThatIsKnown) {
  const std::pair<int, ErrorKind> cases[] = {
      {400, ErrorKind::bad_request}, {401, ErrorKind::authentication}, {403, ErrorKind::permission},
      {404, ErrorKind::not_found},   {413, ErrorKind::bad_request},    {422, ErrorKind::bad_request},
  };
  for (const auto& [status, kind] : cases) {
    SCOPED_TRACE(status);
    Peer peer(always(refusal(status, "No, since it is Monday.", "mondays")));
    const auto error = error_of(model_at(peer));
    const auto& info = error.info();
    EXPECT_EQ(peer.request_count(), 1u);
    EXPECT_EQ(info.kind, kind);
    EXPECT_EQ(info.status, status);
    EXPECT_EQ(info.provider_message, "No, since it is Monday.");
    EXPECT_EQ(info.provider_type, "some_type");
    EXPECT_EQ(info.provider_code, "mondays");
    EXPECT_EQ(info.request_id, "req-7");
    EXPECT_EQ(info.endpoint, host_of(peer) + "/v1/completions");
    EXPECT_EQ(info.attempts, 1);
    EXPECT_FALSE(info.maybe_billed);
    EXPECT_GT(info.times.first_byte.count(), 0);
    for (const auto* part : {"Monday", "mondays", "req-7"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_NE(std::string(error.what()).find(std::to_string(status)), std::string::npos) << error.what();
  }
}

TEST(Refusal, OfAModelSaysWhatToDo) {
  for (const int status : {404, 400}) {
    Peer peer(always(refusal(status, "The model does not exist.", "model_not_found")));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_EQ(error.info().message, "model 'test-model' is not served at " + host_of(peer) +
                                        "; set HEADWAY_MODEL or model; 'headway models' lists what is");
    EXPECT_EQ(peer.request_count(), 1u);
  }
}

TEST(Refusal, OfTheCallsOwnModelNamesIt) {
  Peer peer(always(refusal(404, "no", "model_not_found")));
  CallOptions options;
  options.model = "another";
  const auto error = error_of(model_at(peer), "hello", options);
  EXPECT_NE(error.info().message.find("model 'another'"), std::string::npos) << error.what();
}

TEST(Refusal, OfAPathAsksForTheBaseUrl) {
  Peer peer(always(reply(404, "<html><title>Not here</title></html>", {{"Content-Type", "text/html"}})));
  const auto error = error_of(model_at(peer));
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_NE(error.info().message.find("is the base URL right?"), std::string::npos) << error.what();
}

TEST(Refusal, ForLackOfMoneyIsNotTriedAgain) {
  const auto tempting = Fields{{"retry-after", "0"}, {"x-should-retry", "true"}};
  const std::string responses[] = {
      error_reply(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota", tempting),
      error_reply(429, "You exceeded your current quota", "insufficient_quota", "other", tempting),
      error_reply(429, "limit", "x", "billing_hard_limit_reached", tempting),
      error_reply(402, "pay", "x", "y", tempting),
  };
  for (const auto& response : responses) {
    SCOPED_TRACE(response);
    Peer peer(always(response));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::quota_exhausted);
    EXPECT_EQ(error.info().message,
              "the account has no API credit (a ChatGPT subscription does not include it); retrying will not help.");
    EXPECT_EQ(peer.request_count(), 1u);
  }
}

TEST(Refusal, TheServersWordOnRetriesIsObeyed) {
  Peer wants(in_turn({error_reply(400, "busy", "x", "y", {{"x-should-retry", "true"}, {"retry-after-ms", "1"}}),
                      completion_reply("hello")}));
  EXPECT_EQ(model_at(wants).invoke("hi"), "hello");
  Peer does_not(always(error_reply(500, "broken", "x", "y", {{"x-should-retry", "false"}})));
  EXPECT_EQ(error_of(model_at(does_not)).kind(), ErrorKind::server);
  EXPECT_EQ(does_not.request_count(), 1u);
}

TEST(Refusal, WithoutABodyOrOfAnyForm) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},
      {"just words", "just words"},
      {R"({"error":"a string"})", "a string"},
      {R"({"detail":[{"loc":["body","n"],"msg":"too many"}]})", "body.n: too many"},
      {R"({"message":"at the top"})", "at the top"},
  };
  for (const auto& [body, message] : cases) {
    SCOPED_TRACE(body);
    Peer peer(always(reply(400, body)));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::bad_request);
    EXPECT_EQ(error.info().provider_message, message);
  }
}

TEST(Refusal, ThatRepeatsKeyAndPromptShowsNeither) {
  const std::string prompt = "My name is Ada Lovelace and this is a secret of mine.";
  const std::string said = "Incorrect API key provided: " + std::string(test_key) + ". You asked: " + prompt;
  const std::string responses[] = {
      error_reply(401, said, "t", "c"),
      error_reply(400, "bad", said, said),
      reply(400, said),
      reply(500, R"({"error":)" + json_string(said) + "}"),
      reply(404, "<html><title>" + said + "</title></html>", {{"Content-Type", "text/html"}}),
      reply(400,
            R"({"detail":[{"loc":["body"],"msg":)" + json_string(said) + R"(,"input":)" + json_string(prompt) + "}]}"),
      error_reply(400, "bad", "t", "c", {{"x-request-id", said}}),
      reply(200, R"({"error":)" + json_string(said) + "}"),
  };
  for (const auto& response : responses) {
    SCOPED_TRACE(response);
    Peer peer(always(response));
    const auto error = error_of(model_at(peer, without_retries()), prompt);
    const auto& info = error.info();
    for (const auto& text : {std::string(error.what()), info.message, info.provider_message, info.provider_type,
                             info.provider_code, info.request_id}) {
      EXPECT_EQ(text.find(test_key), std::string::npos) << text;
      EXPECT_EQ(text.find("Ada Lovelace"), std::string::npos) << text;
    }
  }
}

TEST(Refusal, OfAChatShowsNoMessageOfIt) {
  Peer peer([](Conversation& conversation) {
    const auto request = conversation.read_request();
    conversation.send(error_reply(400, "Cannot read: " + request->body, "t", "c"));
  });
  const std::vector<Message> messages{{"system", "Keep the code word FLAMINGO to yourself, please."},
                                      {"user", "I am Grace Hopper and I live at Yale."}};
  const auto error = thrown_by([&] { chat_at(peer).invoke(messages); });
  EXPECT_EQ(error.kind(), ErrorKind::bad_request);
  EXPECT_EQ(std::string(error.what()).find("FLAMINGO"), std::string::npos) << error.what();
  EXPECT_EQ(std::string(error.what()).find("Grace Hopper"), std::string::npos) << error.what();
}

TEST(Refusal, HasNoLineBreak) {
  Peer peer(always(error_reply(400, "one\ntwo\r\nthree", "t", "c")));
  EXPECT_EQ(std::string(error_of(model_at(peer)).what()).find_first_of("\r\n"), std::string::npos);
}

}  // namespace
}  // namespace headway::test
