#include <gtest/gtest.h>

#include "net/proxy.hpp"

namespace headway::net {
namespace {

const Origin api(true, "api.openai.com", 443);

bool goes_direct(std::string_view no_proxy, const Origin& origin) {
  return ProxyRules::parse("http://proxy:3128", no_proxy).value().proxy_for(origin) == nullptr;
}

TEST(ProxyRules, SendHttpsThroughTheProxy) {
  const auto rules = ProxyRules::parse("http://proxy:3128", "").value();
  ASSERT_NE(rules.proxy_for(api), nullptr);
  EXPECT_EQ(rules.proxy_for(api)->origin, Origin(false, "proxy", 3128));
}

TEST(ProxyRules, SendNothingThroughAProxyThatIsNotSet) {
  EXPECT_EQ(ProxyRules::parse("", "").value().proxy_for(api), nullptr);
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

TEST(ProxyRules, RefuseWhatCannotBeSpoken) {
  EXPECT_EQ(ProxyRules::parse("https://proxy", "").error().kind(), ErrorKind::configuration);
  EXPECT_EQ(ProxyRules::parse("socks5://proxy", "").error().kind(), ErrorKind::configuration);
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
