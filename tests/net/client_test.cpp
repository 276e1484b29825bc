// A client without a model: any body to any path.

#include <gtest/gtest.h>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <headway/run.hpp>

#include "model_at.hpp"
#include "support/environment.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;
using boost::asio::use_future;

Client client_at(const Peer& peer, const std::string& path = "/v1", ClientOptions options = client_options()) {
  options.base_url = peer.url(path);
  options.api_key = test_key;
  return Client(options);
}

TEST(ClientRequest, PostsAnyBodyToAnyPath) {
  Peer peer(always(reply(201, "\xFF not looked into", {{"x-request-id", "req-5"}, {"Content-Type", "text/odd"}})));
  const auto client = client_at(peer);
  const auto response = client.request("/v1/audio/speech?x=1", R"({"input":"hello"})");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "\xFF not looked into");
  EXPECT_EQ(response.content_type, "text/odd");
  EXPECT_EQ(response.request_id, "req-5");
  EXPECT_EQ(response.attempts, 1);
  EXPECT_GT(response.times.total().count(), 0);
  const auto request = peer.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/audio/speech?x=1");
  EXPECT_EQ(request.body, R"({"input":"hello"})");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("authorization"), std::string("Bearer ") + test_key);
}

TEST(ClientRequest, ByAnyToken) {
  Peer peer(always(reply(200, "{}")));
  const auto client = client_at(peer);
  EXPECT_EQ(client.async_request("/v1/a", "1", use_future).get().body, "{}");
  RequestOptions options;
  options.headers = {{"X-Call", "2"}};
  EXPECT_EQ(client.async_request("/v1/b", "2", options, use_future).get().body, "{}");
  EXPECT_EQ(peer.requests().at(1).header("x-call"), "2");
  std::promise<std::string> body;
  client.async_request("/v1/c", "3", [&](std::exception_ptr, RawResponse response) { body.set_value(response.body); });
  EXPECT_EQ(body.get_future().get(), "{}");
  EXPECT_EQ(run(client.async_request("/v1/d", "4", boost::asio::use_awaitable)).body, "{}");
}

TEST(ClientRequest, OfAPathThatIsKnownFailsWithoutAnAnswer) {
  Peer peer(always(reply(200, R"({"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}})")));
  const auto error = thrown_by([&] { client_at(peer).request("/v1/embeddings?x=1", "{}"); });
  EXPECT_EQ(error.kind(), ErrorKind::protocol);
  EXPECT_EQ(error.info().body, R"({"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}})");
  EXPECT_EQ(error.info().usage.prompt_tokens, 3);
}

TEST(ClientRequest, ABaseUrlNeverDoublesItsVersion) {
  Peer peer(always(reply(200, R"({"data":[{"index":0,"embedding":[0.5]}]})")));
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"", "/v1/embeddings", "/v1/embeddings"},
      {"/v1", "/v1/embeddings", "/v1/embeddings"},
      {"/v1", "/embeddings", "/v1/embeddings"},
      {"/v1", "/v12/x", "/v1/v12/x"},
      {"/api/v4", "/v1/embeddings", "/api/v4/embeddings"},
      {"", "/api/chat", "/api/chat"},
  };
  for (const auto& [base, path, target] : cases) {
    client_at(peer, base).request(path, "{}");
    EXPECT_EQ(peer.requests().back().target, target);
  }
}

TEST(ClientRequest, FailsAsAnyCall) {
  Peer peer([](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      if (request->target == "/v1/slow") return void(conversation.wait_closed());
      const bool busy = request->target == "/v1/busy";
      conversation.send(error_reply(busy ? 500 : 404, "no", "t", "c", {{"retry-after-ms", "1"}}));
    }
  });
  const auto client = client_at(peer);
  const auto missing = thrown_by([&] { client.request("/v1/missing", "{}"); });
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_EQ(missing.info().endpoint, "127.0.0.1:" + std::to_string(peer.port()) + "/v1/missing");
  EXPECT_EQ(thrown_by([&] { client.request("/v1/busy", "{}"); }).info().attempts, 3);
  RequestOptions options;
  options.max_retries = 0;
  EXPECT_EQ(thrown_by([&] { client.request("/v1/busy", "{}", options); }).info().attempts, 1);
  options.timeout = 100ms;
  EXPECT_EQ(thrown_by([&] { client.request("/v1/slow", "{}", options); }).kind(), ErrorKind::timeout);
  options.timeout.reset();
  options.deadline = 100ms;
  EXPECT_EQ(thrown_by([&] { client.request("/v1/slow", "{}", options); }).kind(), ErrorKind::deadline);
  EXPECT_EQ(thrown_by([&] { client.async_request("/v1/missing", "{}", use_future).get(); }).kind(),
            ErrorKind::not_found);
}

TEST(ClientRequest, ReadsWhatPacingNeeds) {
  Peer peer(always(completion_reply("x")));
  auto options = client_options();
  RouteOptions route;
  route.base_url = peer.url("/v1");
  route.api_key = test_key;
  route.model = "its-name-there";
  options.endpoints = {route};
  const Client client(options);
  const auto response = client.request("/v1/completions", R"({"model":"its-name-here","prompt":"x"})");
  EXPECT_EQ(json_field(peer.requests().front().body, "model"), "its-name-there");
  EXPECT_EQ(response.usage.total_tokens, 12);
  EXPECT_EQ(client.stats().prompt_tokens, 5);
  EXPECT_EQ(client.spend().at(0).model, "its-name-there");
}

TEST(ClientRequest, AnErrorOrHalfAnAnswerIsNoSuccess) {
  Peer peer(in_turn({reply(200, error_body("overloaded", "server_error", "c")), reply(200, R"({"usage":)"),
                     reply(200, "not JSON", {{"content-type", "text/plain"}})}));
  const auto client = client_at(peer, "/v1", without_retries());
  EXPECT_EQ(thrown_by([&] { client.request("/v1/x", "{}"); }).info().provider_message, "overloaded");
  EXPECT_EQ(thrown_by([&] { client.request("/v1/x", "{}"); }).kind(), ErrorKind::protocol);
  EXPECT_EQ(client.request("/v1/x", "{}").body, "not JSON");
}

TEST(ClientRequest, RefusesAPathThatIsNone) {
  Peer peer(always(reply(200, "{}")));
  const auto client = client_at(peer);
  for (const auto* path : {"", "v1/embeddings", "/a b", "/a\r\nX-B: c", "http://elsewhere.example/"}) {
    EXPECT_EQ(thrown_by([&] { client.request(path, "{}"); }).kind(), ErrorKind::configuration) << path;
  }
  EXPECT_EQ(peer.connections(), 0u);
}

TEST(ClientRequest, WithoutAnEndpointSaysSo) {
  const EnvironmentVariable no_key("OPENAI_API_KEY", std::nullopt);
  const EnvironmentVariable no_url("OPENAI_BASE_URL", std::nullopt);
  const EnvironmentVariable no_old_url("OPENAI_API_BASE", std::nullopt);
  const Client client(client_options());  // fine for models, which have endpoints of their own
  for (int i = 0; i < 2; ++i) {
    const auto error = thrown_by([&] { client.request("/v1/embeddings", "{}"); });
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    EXPECT_NE(error.info().message.find("OPENAI_API_KEY is not set"), std::string::npos);
  }
}

TEST(ClientModels, NamesWhatIsServed) {
  Peer peer(echo());
  EXPECT_EQ(client_at(peer).models(), (std::vector<std::string>{"echo", "other"}));
  const auto request = peer.requests().at(0);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/v1/models");
  EXPECT_EQ(request.body, "");
  EXPECT_FALSE(request.headers.contains("content-type"));
  EXPECT_FALSE(request.headers.contains("content-length"));
}

TEST(ClientModels, FailsAsAnyCall) {
  Peer refusing(always(reply(401, "")));
  EXPECT_EQ(thrown_by([&] { client_at(refusing).models(); }).kind(), ErrorKind::authentication);
  Peer odd(always(reply(200, R"({"data":"none"})")));
  EXPECT_EQ(thrown_by([&] { client_at(odd).models(); }).kind(), ErrorKind::protocol);
}

TEST(ClientOptionsCheck, RefusesWhatMakesNoSense) {
  const std::function<void(ClientOptions&)> mistakes[] = {
      [](ClientOptions& options) { options.timeouts.connect = -1ms; },
      [](ClientOptions& options) { options.timeouts.idle = -1ms; },
      [](ClientOptions& options) { options.keep_alive = -1ms; },
      [](ClientOptions& options) { options.max_retries = -1; },
  };
  for (const auto& mistake : mistakes) {
    auto options = client_options();
    mistake(options);
    EXPECT_EQ(thrown_by([&] { Client client(options); }).kind(), ErrorKind::configuration);
  }
}

}  // namespace
}  // namespace headway::test
