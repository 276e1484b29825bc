// Redirects are followed on the same host alone: nobody else gets the key and the prompt.

#include <gtest/gtest.h>

#include "model_at.hpp"

namespace headway::test {
namespace {

/// Sends what comes to the API's own paths elsewhere, and echoes at all others.
Peer::Script redirecting(int status, std::string location) {
  return [=](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      const bool moved = request->target.starts_with("/v1/");
      conversation.send(moved ? reply(status, "", {{"Location", location}}) : echo_reply(*request));
    }
  };
}

TEST(Redirect, OnTheSameHostIsFollowed) {
  for (const int status : {307, 308}) {
    Peer peer(redirecting(status, "/new/completions?x=1"));
    EXPECT_EQ(model_at(peer).invoke("hello"), "echo: hello");
    const auto requests = peer.requests();
    ASSERT_EQ(requests.size(), 2u);
    EXPECT_EQ(requests[1].target, "/new/completions?x=1");
    EXPECT_EQ(requests[1].method, "POST");
    EXPECT_EQ(requests[1].body, requests[0].body);
    EXPECT_EQ(requests[1].header("authorization"), std::string("Bearer ") + test_key);
  }
}

TEST(Redirect, ByAWholeUrlOfTheSameHostIsFollowed) {
  std::string location;
  Peer peer([&](Conversation& conversation) { redirecting(307, location)(conversation); });
  location = peer.url("/new/completions");
  EXPECT_EQ(model_at(peer).invoke("hello"), "echo: hello");
}

TEST(Redirect, ToAnotherHostIsNotFollowedAndSaysWhereItPoints) {
  Peer other(echo());
  const auto port = std::to_string(other.port());
  for (const auto& host : {"127.0.0.1:" + port, "localhost:" + port}) {
    Peer peer(redirecting(307, "http://" + host + "/v1/completions"));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::protocol);
    EXPECT_EQ(error.info().status, 307);
    EXPECT_NE(error.info().message.find("http://" + host + ";"), std::string::npos) << error.what();
    EXPECT_EQ(peer.request_count(), 1u);
  }
  EXPECT_EQ(other.connections(), 0u);
}

TEST(Redirect, ToAnotherNameOrSchemeOfTheSameServerIsNotFollowed) {
  std::string location;
  Peer peer([&](Conversation& conversation) { redirecting(308, location)(conversation); });
  const auto authority = std::to_string(peer.port()) + "/new/completions";
  for (const auto& url : {"http://localhost:" + authority, "https://127.0.0.1:" + authority, "//localhost:" + authority,
                          "http://127.0.0.1:1@localhost:" + authority, std::string(), std::string("new")}) {
    SCOPED_TRACE(url);
    location = url;
    const auto before = peer.request_count();
    EXPECT_EQ(error_of(model_at(peer)).kind(), ErrorKind::protocol);
    EXPECT_EQ(peer.request_count(), before + 1);
  }
}

TEST(Redirect, ThatTurnsAPostIntoAGetIsNotFollowed) {
  for (const int status : {300, 301, 302, 303, 304}) {
    SCOPED_TRACE(status);
    Peer peer(redirecting(status, "/new/completions"));
    const auto error = error_of(model_at(peer));
    EXPECT_EQ(error.kind(), ErrorKind::protocol);
    EXPECT_EQ(error.info().status, status);
    EXPECT_EQ(peer.request_count(), 1u);
  }
}

TEST(Redirect, OfAGetIsFollowed) {
  Peer peer(redirecting(302, "/new/models"));
  auto options = client_options();
  options.base_url = peer.url("/v1");
  options.api_key = test_key;
  EXPECT_EQ(Client(options).models(), (std::vector<std::string>{"echo", "other"}));
}

TEST(Redirect, ThatNeverEndsIsAnError) {
  Peer peer(redirecting(307, "/v1/completions"));
  EXPECT_EQ(error_of(model_at(peer)).kind(), ErrorKind::protocol);
  EXPECT_LE(peer.request_count(), 10u);
}

}  // namespace
}  // namespace headway::test
