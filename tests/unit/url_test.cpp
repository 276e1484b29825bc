#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "net/url.hpp"

namespace headway::net {
namespace {

TEST(Url, HasTheSchemesPortWhereNoneIsGiven) {
  EXPECT_EQ(parse_url("https://api.openai.com/v1")->origin, Origin(true, "api.openai.com", 443));
  EXPECT_EQ(parse_url("http://Example.COM")->origin, Origin(false, "example.com", 80));
  EXPECT_EQ(parse_url("http://127.0.0.1:8080")->origin, Origin(false, "127.0.0.1", 8080));
}

TEST(Url, LosesTheSlashAtTheEndOfItsPath) {
  EXPECT_EQ(parse_url("https://h/v1/")->path, "/v1");
  EXPECT_EQ(parse_url("https://h/")->path, "");
  EXPECT_EQ(parse_url("https://h")->path, "");
}

// OpenSSL 3.0 takes what is before the @ for a user's name, and goes to the host behind it.
TEST(Url, ItsHostEndsWhereItsPathBegins) {
  for (const std::string_view path :
       {"/a@b.example", "/m:generateContent", "/a@b:80/c", "/m:8080", "/a:b@c?d=e:f@g/h"}) {
    const auto url = parse_url("https://h" + std::string(path)).value();
    EXPECT_EQ(url.origin, Origin(true, "h", 443)) << path;
    EXPECT_EQ(url.path, path);
    EXPECT_EQ(url.user_info, "");
    EXPECT_EQ(parse_url("http://me@[::1]:80" + std::string(path))->origin, Origin(false, "::1", 80)) << path;
  }
  EXPECT_EQ(parse_url("https://h?user=a@b")->origin.host, "h");
  EXPECT_EQ(parse_url("https://h?user=a@b")->path, "/?user=a@b");
  EXPECT_EQ(parse_url("https://h/v1?#")->path, "/v1");
}

TEST(Url, ReadsIpv6WithItsBrackets) {
  const auto url = parse_url("http://[::1]:8080/v1").value();
  EXPECT_EQ(url.origin.host, "::1");
  EXPECT_EQ(url.origin.authority(), "[::1]:8080");
  EXPECT_EQ(url.origin.host_and_port(), "[::1]:8080");
}

TEST(Url, AuthorityNamesThePortOnlyWhereItIsUnusual) {
  EXPECT_EQ(Origin(true, "h", 443).authority(), "h");
  EXPECT_EQ(Origin(true, "h", 80).authority(), "h:80");
  EXPECT_EQ(Origin(true, "h", 443).host_and_port(), "h:443");
}

TEST(Url, KnowsLoopbackHosts) {
  for (const auto* host : {"localhost", "api.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(Origin(false, host, 80).is_loopback()) << host;
  }
  for (const auto* host : {"localhost.example.com", "128.0.0.1", "::2", "notlocalhost", "127.0.0.1.example.com"}) {
    EXPECT_FALSE(Origin(false, host, 80).is_loopback()) << host;
  }
}

TEST(Url, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "api.openai.com/v1", "ftp://h", "https://", "https://h:99999/", "https://h:0/", "https://h/#top",
        "https://h/a b", "http//h", "http://a@b@c/", "http://h:12x/", "http://[]/", "http://h\r\n/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().kind(), ErrorKind::configuration) << text;
  }
}

// Boost.URL 1.81 reads the address and makes the rest a path.
TEST(Url, ANameThatBeginsLikeAnAddressIsAName) {
  const auto url = parse_url("https://127.0.0.1.nip.io/v1").value();
  EXPECT_EQ(url.origin.host, "127.0.0.1.nip.io");
  EXPECT_EQ(url.path, "/v1");
  EXPECT_FALSE(url.origin.is_loopback());
}

TEST(Url, DoesNotRepeatAPasswordInItsError) {
  const auto url = parse_url("ftp://user:secret@h/");
  EXPECT_EQ(std::string(url.error().what()).find("secret"), std::string::npos);
}

TEST(Url, KeepsUserAndPasswordApart) {
  EXPECT_EQ(parse_url("http://me:p%40ss@h:3128")->user_info, "me:p@ss");
}

}  // namespace
}  // namespace headway::net
