#include "net/resolver.hpp"

#include <atomic>
#include <memory>
#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include "model_at.hpp"
#include "support/dns_peer.hpp"

namespace headway::net {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using test::DnsAnswer;
using test::DnsPeer;
using test::DnsQuestion;

constexpr auto host = "api.example.test";
constexpr auto lost_after = 500ms;  // and the last of the four tries ends after 7.5 s

struct Result {
  error_code error;
  Resolver::Addresses addresses;
};

DnsAnswer found(std::vector<std::string> addresses, std::uint32_t ttl = 60) {
  DnsAnswer answer;
  answer.addresses = std::move(addresses);
  answer.ttl = ttl;
  return answer;
}

DnsAnswer failed(int rcode) {
  DnsAnswer answer;
  answer.rcode = rcode;
  return answer;
}

DnsAnswer silence() {
  DnsAnswer answer;
  answer.silent = true;
  return answer;
}

DnsPeer::Script always(DnsAnswer answer) {
  return [answer](const DnsQuestion&) { return answer; };
}

class ResolverTest : public testing::Test {
 protected:
  // As long as no answer is lost none is asked for again, however slow the machine is.
  Resolver resolver_of(const std::string& servers, std::chrono::milliseconds first_wait = 20s) {
    return Resolver(context.get_executor(), servers, first_wait);
  }
  Resolver resolver_of(const DnsPeer& peer, std::chrono::milliseconds first_wait = 20s) {
    return resolver_of(peer.servers(), first_wait);
  }

  void run() {
    context.restart();
    context.run_for(test::soon);
    EXPECT_TRUE(context.stopped()) << "work is left";
  }

  Result resolve(Resolver& resolver, const std::string& name, std::uint16_t port = 443) {
    std::optional<Result> result;
    resolver.resolve(name, port, [&](error_code error, Resolver::Addresses addresses) {
      EXPECT_FALSE(result) << "completed twice";
      result.emplace(Result{error, std::move(addresses)});
    });
    EXPECT_FALSE(result) << "completed inside the call";
    run();
    return result.value_or(Result{boost::asio::error::timed_out, {}});
  }

  std::string text_of(const Result& result) {
    std::string text;
    for (const auto& endpoint : result.addresses) {
      text += (text.empty() ? "" : " ") + endpoint.address().to_string() + "/" + std::to_string(endpoint.port());
    }
    return result.error ? result.error.message() : text;
  }

  std::string resolved(Resolver& resolver, const std::string& name) { return text_of(resolve(resolver, name)); }

  boost::asio::io_context context{1};
};

TEST_F(ResolverTest, AnAddressIsItsOwnAnswer) {
  DnsPeer peer(always(found({"10.0.0.1"})));
  Resolver resolver = resolver_of(peer);
  EXPECT_EQ(resolved(resolver, "192.0.2.7"), "192.0.2.7/443");
  EXPECT_EQ(resolved(resolver, "2001:db8::1"), "2001:db8::1/443");
  EXPECT_EQ(resolved(resolver, "[2001:DB8::1]"), "2001:db8::1/443");
  EXPECT_TRUE(peer.questions().empty());
}

TEST_F(ResolverTest, LocalhostIsThisMachineWithoutAQuestion) {
  DnsPeer peer(always(found({"192.0.2.1"})));
  Resolver resolver = resolver_of(peer);
  for (const auto* name : {"LocalHost", "model.localhost"}) {
    const Result result = resolve(resolver, name, 8080);
    ASSERT_FALSE(result.error) << result.error.message();
    ASSERT_EQ(result.addresses.size(), 2u);
    for (const auto& endpoint : result.addresses) EXPECT_TRUE(endpoint.address().is_loopback());
    EXPECT_EQ(result.addresses[0].port(), 8080);
  }
  EXPECT_TRUE(peer.questions().empty());
}

TEST_F(ResolverTest, GivesAddressesOfBothFamilies) {
  DnsPeer peer(always(found({"127.0.0.2", "127.0.0.3", "::1"})));
  Resolver resolver = resolver_of(peer);
  const Result result = resolve(resolver, host, 8443);
  EXPECT_EQ(result.addresses.size(), 3u);
  for (const auto& endpoint : result.addresses) EXPECT_EQ(endpoint.port(), 8443);
  EXPECT_EQ(peer.questions().size(), 2u);
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
  DnsPeer peer([](const DnsQuestion& question) { return question.ipv6 ? failed(2) : found({"10.0.0.1"}); });
  Resolver resolver = resolver_of(peer);
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, ErrorsAreInPlainWords) {
  const std::pair<DnsAnswer, std::string> cases[] = {
      {failed(3), "no such host name"},
      {failed(2), "the name server failed"},
      {failed(5), "the name server refused the question"},
      {found({}), "the host name has no address"},
      {silence(), "the name servers did not answer"},
  };
  for (const auto& [answer, message] : cases) {
    DnsPeer peer(always(answer));
    Resolver resolver = resolver_of(peer, answer.silent ? 50ms : 20s);
    const Result result = resolve(resolver, host);
    EXPECT_EQ(result.error.message(), message);
    EXPECT_EQ(result.error.category(), dns_category());
    EXPECT_TRUE(result.addresses.empty());
  }
}

TEST_F(ResolverTest, SaysThatNobodyIsThere) {
  const test::RefusedPort nobody;  // of TCP; by chance alone there is a UDP server on it
  Resolver resolver = resolver_of("127.0.0.1:" + std::to_string(nobody.port()));
  EXPECT_EQ(resolved(resolver, host), "the name servers could not be reached");
}

TEST_F(ResolverTest, SomeNamesAreNotAsked) {
  DnsPeer peer(always(found({"10.0.0.1"})));
  Resolver resolver = resolver_of(peer);
  EXPECT_EQ(resolved(resolver, ""), "not a host name");
  EXPECT_EQ(resolved(resolver, "bad..name"), "not a host name");
  EXPECT_EQ(resolved(resolver, std::string("half\0.example.test", 18)), "not a host name");
  EXPECT_TRUE(peer.questions().empty());
}

TEST_F(ResolverTest, ServersThatMakeNoSenseAreAnError) {
  Resolver resolver = resolver_of("nonsense");
  EXPECT_TRUE(resolve(resolver, host).error);
}

TEST_F(ResolverTest, ALostAnswerIsAskedForAgain) {
  std::atomic<int> count = 0;
  DnsPeer peer([&](const DnsQuestion&) { return ++count <= 2 ? silence() : found({"10.0.0.1"}); });
  Resolver resolver = resolver_of(peer, lost_after);
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, WhatIsNotDnsIsPassedOver) {
  std::atomic<int> count = 0;
  DnsPeer peer([&](const DnsQuestion&) {
    DnsAnswer answer = found({"10.0.0.1"});
    answer.garbage = ++count <= 2;
    return answer;
  });
  Resolver resolver = resolver_of(peer, lost_after);
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, TheNextServerIsAskedWhenOneFails) {
  DnsPeer broken(always(failed(2)));
  DnsPeer sound(always(found({"10.0.0.1"})));
  Resolver resolver = resolver_of(broken.servers() + "," + sound.servers());
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, ALongAnswerComesByTcp) {
  DnsAnswer answer = found(std::vector<std::string>(40, "10.0.0.1"));
  answer.truncated = true;
  DnsPeer peer(always(answer));
  Resolver resolver = resolver_of(peer);
  EXPECT_EQ(resolve(resolver, host).addresses.size(), 40u);
}

TEST_F(ResolverTest, LookupsOfOneNameAreJoined) {
  DnsPeer peer(always(found({"10.0.0.1"})));
  Resolver resolver = resolver_of(peer);
  std::size_t completed = 0;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    resolver.resolve(port % 2 == 0 ? host : "API.Example.Test", port,
                     [&, port](error_code error, Resolver::Addresses got) {
                       EXPECT_FALSE(error);
                       EXPECT_EQ(got.at(0).port(), port);
                       ++completed;
                     });
  }
  run();
  EXPECT_EQ(completed, 1000u);
  EXPECT_EQ(peer.asked(host), 1u);
}

TEST_F(ResolverTest, AnswersAreKept) {
  DnsPeer peer(always(found({"10.0.0.1"}, 60)));
  Resolver resolver = resolver_of(peer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
  EXPECT_EQ(peer.asked(host), 1u);
  resolver.forget(host);
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
  EXPECT_EQ(peer.asked(host), 2u);
}

TEST_F(ResolverTest, FailuresAreNotKept) {
  std::atomic<bool> down = true;
  DnsPeer peer([&](const DnsQuestion&) { return down ? silence() : found({"10.0.0.1"}); });
  Resolver resolver = resolver_of(peer, 200ms);
  EXPECT_EQ(resolved(resolver, host), "the name servers did not answer");
  down = false;
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, CancelEndsAllAndTheResolverGoesOn) {
  std::atomic<bool> down = true;
  DnsPeer peer([&](const DnsQuestion&) { return down ? silence() : found({"10.0.0.1"}); });
  Resolver resolver = resolver_of(peer);
  std::size_t aborted = 0;
  for (const char* name : {host, host, "other.example.test"}) {
    resolver.resolve(name, 1, [&](error_code error, Resolver::Addresses) {
      if (error == boost::asio::error::operation_aborted) ++aborted;
    });
  }
  context.run_for(20ms);
  resolver.cancel();
  EXPECT_EQ(aborted, 0u) << "completed inside the call";
  run();
  EXPECT_EQ(aborted, 3u);
  down = false;
  EXPECT_EQ(resolved(resolver, host), "10.0.0.1/443");
}

TEST_F(ResolverTest, ItsEndAbortsWhatIsInFlight) {
  DnsPeer peer(always(silence()));
  std::optional<Resolver> resolver(std::in_place, context.get_executor(), peer.servers());
  int aborted = 0;
  const auto count = [&](error_code error, Resolver::Addresses) {
    aborted += error == boost::asio::error::operation_aborted;
  };
  resolver->resolve(host, 1, count);
  context.run_for(20ms);
  resolver->resolve("other.example.test", 1, count);
  resolver.reset();
  EXPECT_EQ(aborted, 0);
  run();
  EXPECT_EQ(aborted, 2);
}

TEST_F(ResolverTest, MayEndInsideAHandler) {
  DnsPeer peer(always(found({"10.0.0.1"})));
  std::optional<Resolver> resolver(std::in_place, context.get_executor(), peer.servers());
  int completed = 0;
  for (int i = 0; i < 2; ++i) {
    resolver->resolve(host, 1, [&](error_code, Resolver::Addresses) {
      ++completed;
      resolver.reset();
    });
  }
  run();
  EXPECT_EQ(completed, 2);
}

TEST(Resolver, HandlersThatNeverRunAreDestroyed) {
  DnsPeer peer(always(silence()));
  const auto token = std::make_shared<int>();
  {
    boost::asio::io_context context;
    Resolver resolver(context.get_executor(), peer.servers());
    resolver.resolve(host, 1, [token](error_code, Resolver::Addresses) { FAIL() << "was never run"; });
    context.run_for(20ms);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(ResolverTest, CompletesOnTheHandlersExecutor) {
  boost::asio::io_context other;
  Resolver resolver = resolver_of("");
  bool completed = false;
  resolver.resolve("127.0.0.1", 1,
                   boost::asio::bind_executor(other, [&](error_code, Resolver::Addresses) { completed = true; }));
  run();
  EXPECT_FALSE(completed);
  other.run();
  EXPECT_TRUE(completed);
}

}  // namespace
}  // namespace headway::net
