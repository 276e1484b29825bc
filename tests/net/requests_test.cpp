// What is sent, seen from the server: body, headers, path, and to whom the key goes.

#include <gtest/gtest.h>

#include "model_at.hpp"
#include "support/environment.hpp"

namespace headway::test {
namespace {

/// Nothing of the environment of whoever runs the tests.
class Requests : public testing::Test {
 protected:
  OpenAIOptions plain() const {
    OpenAIOptions options;
    options.base_url = peer.url("/v1");
    return options;
  }
  ChatOpenAIOptions plain_chat() const {
    ChatOpenAIOptions options;
    options.base_url = peer.url("/v1");
    options.model = "m";
    return options;
  }
  Request sent_by(const OpenAIOptions& options, const CallOptions& call = CallOptions()) {
    OpenAI(options, Client(client_options())).invoke("hello", call);
    return peer.requests().back();
  }
  Request sent_by(const ChatOpenAIOptions& options, const CallOptions& call = CallOptions()) {
    ChatOpenAI(options, Client(client_options())).invoke("hello", call);
    return peer.requests().back();
  }

  const EnvironmentVariable no_key{"OPENAI_API_KEY", std::nullopt};
  const EnvironmentVariable no_url{"OPENAI_BASE_URL", std::nullopt};
  const EnvironmentVariable no_old_url{"OPENAI_API_BASE", std::nullopt};
  const EnvironmentVariable no_organization{"OPENAI_ORG_ID", std::nullopt};
  const EnvironmentVariable no_project{"OPENAI_PROJECT_ID", std::nullopt};
  const EnvironmentVariable no_model{"HEADWAY_MODEL", std::nullopt};
  Peer peer{echo()};
};

TEST_F(Requests, OpenAIHasTheArticlesDefaults) {
  const auto request = sent_by(plain());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/completions");
  EXPECT_EQ(request.body, R"({"model":"gpt-3.5-turbo-instruct","prompt":"hello","temperature":0.7,"max_tokens":256})");
}

TEST_F(Requests, ChatSendsOnlyWhatWasSet) {
  const auto request = sent_by(plain_chat());
  EXPECT_EQ(request.target, "/v1/chat/completions");
  EXPECT_EQ(request.body, R"({"model":"m","messages":[{"role":"user","content":"hello"}]})");
}

TEST_F(Requests, ChatWithAllSet) {
  auto options = plain_chat();
  options.temperature = 0;
  options.max_tokens = 12;
  options.stop = {"Q:"};
  EXPECT_EQ(
      sent_by(options).body,
      R"({"model":"m","messages":[{"role":"user","content":"hello"}],"temperature":0,"max_tokens":12,"stop":"Q:"})");
}

TEST_F(Requests, ChatSendsMessagesAsTheyAre) {
  const std::vector<Message> messages{{"system", "be kind"}, {"user", "say \"hi\"\n"}};
  ChatOpenAI(plain_chat(), Client(client_options())).invoke(messages);
  EXPECT_EQ(
      peer.requests().back().body,
      R"({"model":"m","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"say \"hi\"\n"}]})");
}

TEST_F(Requests, OptionsOfTheModelAndOfTheCall) {
  auto options = plain();
  options.model = "model's";
  options.temperature = std::nullopt;
  options.max_tokens = 5;
  options.stop = {"a", "b"};
  EXPECT_EQ(sent_by(options).body, R"({"model":"model's","prompt":"hello","max_tokens":5,"stop":["a","b"]})");
  CallOptions call;
  call.model = "call's";
  call.temperature = 1.25;
  call.max_tokens = 6;
  call.stop = {"c"};
  EXPECT_EQ(sent_by(options, call).body,
            R"({"model":"call's","prompt":"hello","temperature":1.25,"max_tokens":6,"stop":"c"})");
}

TEST_F(Requests, ExtraBodyIsMergedLast) {
  auto options = plain();
  options.extra_body = R"({"seed": 7, "max_tokens": null})";
  CallOptions call;
  call.extra_body = R"({"temperature": 2, "n": 1, "seed": 8})";
  EXPECT_EQ(sent_by(options, call).body,
            R"({"model":"gpt-3.5-turbo-instruct","prompt":"hello","max_tokens":null,"temperature":2,"n":1,"seed":8})");
}

TEST_F(Requests, HeadwayModelReplacesTheDefaultOnly) {
  const EnvironmentVariable model("HEADWAY_MODEL", "from-environment");
  EXPECT_EQ(json_field(sent_by(plain()).body, "model"), "from-environment");
  auto options = plain();
  options.model = "explicit";
  EXPECT_EQ(json_field(sent_by(options).body, "model"), "explicit");
  auto chat = plain_chat();
  chat.model.clear();
  EXPECT_EQ(json_field(sent_by(chat).body, "model"), "from-environment");
}

TEST_F(Requests, ChatWithoutAModelIsRefused) {
  auto options = plain_chat();
  options.model.clear();
  EXPECT_EQ(thrown_by([&] { ChatOpenAI{options}; }).kind(), ErrorKind::configuration);
}

TEST_F(Requests, AnyTextArrivesAsItWas) {
  const auto model = model_at(peer);
  const auto everything = std::string("quote \" backslash \\ slash / tab \t line \n nul ") + '\0' +
                          " こんにちは 😀 \x01 </script> \xC2\x80";
  for (const auto& text : {everything, std::string(), std::string(100'000, '\n')}) {
    EXPECT_EQ(model.invoke(text), echo_of(text));
    EXPECT_EQ(prompt_of(peer.requests().back()), text);
  }
}

TEST_F(Requests, WhatCannotBeSentIsRefusedBeforeItIs) {
  const auto model = model_at(peer);
  CallOptions bad_header, bad_json, not_an_object, negative;
  bad_header.headers["X-A"] = "a\r\nX-B: b";
  bad_json.extra_body = "{";
  not_an_object.extra_body = "[]";
  negative.timeout = std::chrono::milliseconds(-1);
  EXPECT_EQ(error_of(model, "\xFF").kind(), ErrorKind::configuration);
  for (const auto& options : {bad_header, bad_json, not_an_object, negative}) {
    const auto error = error_of(model, "hello", options);
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    EXPECT_EQ(error.info().attempts, 0);
  }
  EXPECT_EQ(peer.connections(), 0u);
}

TEST_F(Requests, HeadersOfEveryRequest) {
  auto options = plain();
  options.api_key = test_key;
  options.organization = "org-1";
  options.project = "proj-1";
  options.default_headers = {{"X-Team", "blue"}, {"User-Agent", "mine"}, {"X-Both", "model"}};
  CallOptions call;
  call.headers = {{"x-both", "call"}, {"X-Call", "1"}};
  const auto request = sent_by(options, call);
  EXPECT_EQ(request.header("authorization"), std::string("Bearer ") + test_key);
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("host"), "127.0.0.1:" + std::to_string(peer.port()));
  EXPECT_EQ(request.header("openai-organization"), "org-1");
  EXPECT_EQ(request.header("openai-project"), "proj-1");
  EXPECT_EQ(request.header("x-team"), "blue");
  EXPECT_EQ(request.header("user-agent"), "mine");
  EXPECT_EQ(request.header("x-both"), "call");
  EXPECT_EQ(request.header("x-call"), "1");
}

TEST_F(Requests, HeadersThatWereNotAskedForAreNotThere) {
  const auto request = sent_by(plain());
  EXPECT_TRUE(request.header("user-agent").starts_with("headway/"));
  for (const auto* name : {"authorization", "openai-organization", "openai-project"}) {
    EXPECT_FALSE(request.headers.contains(name)) << name;
  }
}

TEST_F(Requests, TheEnvironmentFillsWhatIsEmpty) {
  const EnvironmentVariable key("OPENAI_API_KEY", test_key);
  const EnvironmentVariable old_url("OPENAI_API_BASE", peer.url("/old"));
  const EnvironmentVariable organization("OPENAI_ORG_ID", "org-2");
  const EnvironmentVariable project("OPENAI_PROJECT_ID", "proj-2");
  auto request = sent_by(OpenAIOptions());
  EXPECT_EQ(request.target, "/old/completions");
  EXPECT_EQ(request.header("authorization"), std::string("Bearer ") + test_key);
  EXPECT_EQ(request.header("openai-organization"), "org-2");
  EXPECT_EQ(request.header("openai-project"), "proj-2");
  const EnvironmentVariable url("OPENAI_BASE_URL", peer.url("/new"));
  EXPECT_EQ(sent_by(OpenAIOptions()).target, "/new/completions");
}

TEST_F(Requests, ABaseUrlNeverDoublesItsVersion) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "/v1/completions"},
      {"/", "/v1/completions"},
      {"/v1", "/v1/completions"},
      {"/v1/", "/v1/completions"},
      {"/openai/v1", "/openai/v1/completions"},
      {"/api/v4", "/api/v4/completions"},
  };
  for (const auto& [path, target] : cases) {
    auto options = plain();
    options.base_url = peer.url(path);
    EXPECT_EQ(sent_by(options).target, target) << path;
  }
}

TEST_F(Requests, WithoutAKeyOnlyLoopbackHostsAreCalled) {
  auto options = plain();
  for (const auto* url : {"https://api.openai.com/v1", "http://192.0.2.1", "https://localhost.example"}) {
    options.base_url = url;
    const auto error = thrown_by([&] { OpenAI{options}; });
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    EXPECT_EQ(error.info().message,
              "OPENAI_API_KEY is not set. Set it, or run './quickstart --serve' for a free local model.");
  }
}

TEST_F(Requests, AModelTakesItsClientsEndpoint) {
  auto client = client_options();
  client.base_url = peer.url("/clients");
  client.api_key = test_key;
  client.default_headers = {{"X-Client", "1"}};
  OpenAI(OpenAIOptions(), Client(client)).invoke("hello");
  const auto request = peer.requests().back();
  EXPECT_EQ(request.target, "/clients/completions");
  EXPECT_EQ(request.header("authorization"), std::string("Bearer ") + test_key);
  EXPECT_EQ(request.header("x-client"), "1");
}

TEST_F(Requests, AModelIsMadeOfItsClientAlone) {
  auto options = client_options();
  options.base_url = peer.url("/clients");
  const Client client(options);
  OpenAI(client).invoke("hello");
  EXPECT_EQ(peer.requests().back().target, "/clients/completions");
  EXPECT_NE(peer.requests().back().body.find(R"("temperature":0.7)"), std::string::npos);

  const auto error = thrown_by([&] { ChatOpenAI{client}; });
  EXPECT_EQ(error.kind(), ErrorKind::configuration);
  EXPECT_EQ(error.info().message.find("ChatOpenAI needs a model"), 0u) << error.what();
  const EnvironmentVariable model("HEADWAY_MODEL", "m");
  ChatOpenAI(client).invoke("hello");
  EXPECT_EQ(peer.requests().back().target, "/clients/chat/completions");
}

TEST_F(Requests, AClientsKeyGoesToNoOtherHost) {
  auto client = client_options();
  client.base_url = "https://api.example.test/v1";
  client.api_key = test_key;
  client.default_headers = {{"X-Secret", "1"}};
  OpenAI(plain(), Client(client)).invoke("hello");
  const auto request = peer.requests().back();
  EXPECT_FALSE(request.headers.contains("authorization"));
  EXPECT_FALSE(request.headers.contains("x-secret"));
}

}  // namespace
}  // namespace headway::test
