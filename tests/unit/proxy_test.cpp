#include <gtest/gtest.h>

#include "net/proxy.hpp"

namespace headway::net {
namespace {

const Origin api(true, "api.openai.com", 443);

bool goes_direct(std::string_view no_proxy, const Origin& origin) {
  return ProxyRules("http://proxy:3128", no_proxy, "HTTPS_PROXY").proxy_for(origin) == nullptr;
}

TEST(ProxyRules, SendHttpsThroughTheProxy) {
  for (const auto* text : {"http://proxy:3128", "HTTP://proxy:3128", "proxy:3128", "http://proxy:3128/"}) {
    const ProxyRules rules(text, "", "HTTPS_PROXY");
    ASSERT_NE(rules.proxy_for(api), nullptr) << text;
    EXPECT_EQ(rules.proxy_for(api)->url.origin, Origin(false, "proxy", 3128)) << text;
    EXPECT_EQ(rules.refusal(), "") << text;
  }
  EXPECT_EQ(ProxyRules("user:secret@proxy:3128", "", "HTTPS_PROXY").proxy_for(api)->url.user_info, "user:secret");
}

TEST(ProxyRules, SendNothingThroughAProxyThatIsNotSet) {
  EXPECT_EQ(ProxyRules("", "", "HTTPS_PROXY").proxy_for(api), nullptr);
}

TEST(ProxyRules, LeaveLoopbackAndPlainHttpAlone) {
  EXPECT_TRUE(goes_direct("", Origin(true, "localhost", 443)));
  EXPECT_TRUE(goes_direct("", Origin(false, "api.openai.com", 80)));
}

TEST(ProxyRules, NoProxyNamesAHostAndAllBelowIt) {
  EXPECT_TRUE(goes_direct("openai.com", api));
  EXPECT_TRUE(goes_direct(".openai.com", api));
  EXPECT_TRUE(goes_direct("a.example, api.openai.com", api));
  EXPECT_TRUE(goes_direct("*", api));
  EXPECT_FALSE(goes_direct("penai.com", api));
  EXPECT_FALSE(goes_direct("api.openai.com.example", api));
  EXPECT_FALSE(goes_direct(",,", api));
}

TEST(ProxyRules, WhatCannotBeSpokenStopsOnlyWhatNeedsItAndIsNamed) {
  for (const auto* text : {"https://u:secret@proxy", "socks5://u:secret@proxy:1080", "socks://", "http://", "a b:1"}) {
    const ProxyRules rules(text, "example.com", "ALL_PROXY");
    EXPECT_EQ(rules.proxy_for(Origin(true, "example.com", 443)), nullptr) << text;
    EXPECT_EQ(rules.proxy_for(Origin(true, "localhost", 443)), nullptr) << text;
    ASSERT_NE(rules.proxy_for(api), nullptr) << text;
    const auto& refusal = rules.proxy_for(api)->refusal;
    EXPECT_NE(refusal.find("ALL_PROXY"), std::string::npos) << text << ": " << refusal;
    EXPECT_EQ(refusal.find("secret"), std::string::npos) << refusal;
  }
}

TEST(ConnectRequest, CarriesThePassword) {
  const auto proxy = parse_url("http://Aladdin:open%20sesame@proxy:1").value();
  const auto request = connect_request(proxy, api);
  EXPECT_NE(request.find("CONNECT api.openai.com:443 HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(request.find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace headway::net
