#include "call/redirect.hpp"

#include <gtest/gtest.h>

namespace headway::call {
namespace {

net::RequestHead request(std::string method) {
  net::RequestHead request;
  request.origin = net::Origin(true, "h", 443);
  request.method = std::move(method);
  request.target = "/v1/completions";
  return request;
}

net::Reply redirect(int status, std::string location) {
  net::Reply reply;
  reply.status = status;
  reply.headers.add("Location", std::move(location));
  return reply;
}

TEST(Redirect, StaysOnTheSameOrigin) {
  EXPECT_EQ(redirect_target(request("POST"), redirect(307, "/v2/completions")), "/v2/completions");
  EXPECT_EQ(redirect_target(request("POST"), redirect(308, "https://h/v2?a=b")), "/v2?a=b");
  EXPECT_EQ(redirect_target(request("POST"), redirect(308, "https://h:443")), "/");
}

TEST(Redirect, NeverLeavesTheOrigin) {
  for (const auto* location : {"https://evil.example/v1", "//evil.example/v1", "http://h/v1", "https://h:8443/v1",
                               "https://h.evil.example/", "javascript:alert(1)", "", "v2"}) {
    EXPECT_EQ(redirect_target(request("POST"), redirect(307, location)), std::nullopt) << location;
  }
}

TEST(Redirect, APostIsNotTurnedIntoAGet) {
  for (int status : {300, 301, 302, 303, 304}) {
    EXPECT_EQ(redirect_target(request("POST"), redirect(status, "/v2")), std::nullopt) << status;
  }
  EXPECT_EQ(redirect_target(request("GET"), redirect(302, "/v2")), "/v2");
}

TEST(Redirect, SaysWhereItWouldHaveGone) {
  const auto text = refused_redirect(redirect(301, "https://other.example/v1?token=x"));
  EXPECT_NE(text.find("https://other.example"), std::string::npos);
  EXPECT_EQ(text.find("token"), std::string::npos);
}

}  // namespace
}  // namespace headway::call
