#include "net/kept_names.hpp"

#include <gtest/gtest.h>

namespace headway::net {
namespace {

using namespace std::chrono_literals;

constexpr KeptNames::time_point kept_at{100h};

KeptNames::Addresses one_address(std::uint16_t port = 443) {
  return {{boost::asio::ip::address_v4::loopback(), port}};
}

KeptNames with_ttl(std::chrono::seconds ttl) {
  KeptNames names;
  names.keep("a.test", one_address(), ttl, kept_at);
  return names;
}

TEST(KeptNames, AreKeptForTheirTtl) {
  const auto names = with_ttl(20s);
  EXPECT_EQ(*names.find("a.test", kept_at), one_address());
  EXPECT_TRUE(names.find("a.test", kept_at + 20s - 1ns));
  EXPECT_FALSE(names.find("a.test", kept_at + 20s));
  EXPECT_FALSE(names.find("b.test", kept_at));
}

TEST(KeptNames, AreKeptForASecondAtLeast) {
  EXPECT_TRUE(with_ttl(0s).find("a.test", kept_at + 999ms));
  EXPECT_FALSE(with_ttl(0s).find("a.test", kept_at + 1s));
}

TEST(KeptNames, AreKeptForAMinuteAtMost) {
  EXPECT_TRUE(with_ttl(24h).find("a.test", kept_at + 59s));
  EXPECT_FALSE(with_ttl(24h).find("a.test", kept_at + 60s));
}

TEST(KeptNames, AreReplacedAndForgotten) {
  auto names = with_ttl(20s);
  names.keep("a.test", one_address(8080), 1s, kept_at);
  EXPECT_EQ(*names.find("a.test", kept_at), one_address(8080));
  EXPECT_FALSE(names.find("a.test", kept_at + 1s));
  names.forget("a.test");
  EXPECT_FALSE(names.find("a.test", kept_at));
}

}  // namespace
}  // namespace headway::net
