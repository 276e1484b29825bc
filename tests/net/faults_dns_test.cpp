// What a name server may do to the calls of one host, while those of another are in flight. The faults themselves are
// ResolverTest's.

#include <algorithm>
#include <atomic>
#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include "model_at.hpp"
#include "net/answer_memory.hpp"
#include "net/host_pool.hpp"
#include "net/resolver.hpp"
#include "support/dns_peer.hpp"

namespace headway::net {
namespace {

using namespace std::chrono_literals;
using test::DnsAnswer;
using test::DnsPeer;
using test::DnsQuestion;

class Get final : public Exchange {
 public:
  Get() {
    auto head = std::make_shared<RequestHead>();
    head->method = "GET";
    head->target = "/v1/models";
    request_.head = std::move(head);
  }

  const Request& request() const override { return request_; }
  const Timeouts& timeouts() const override { return timeouts_; }
  void replied(Reply reply) override { ++ends, status = reply.status; }
  void failed(Failure failure) override { ++ends, why = std::move(failure); }

  int ends = 0;
  int status = 0;
  std::optional<Failure> why;

 private:
  Request request_;
  Timeouts timeouts_;
};

/// Two hosts by name, "sound.test" and "victim.test": a hundred exchanges with the one, and one with the other.
class DnsFaults : public testing::Test {
 protected:
  static DnsAnswer found(const std::string& address) {
    DnsAnswer answer;
    answer.addresses = {address};
    answer.ttl = 0;
    return answer;
  }
  static DnsAnswer failed(int rcode) {
    DnsAnswer answer;
    answer.rcode = rcode;
    return answer;
  }

  std::shared_ptr<HostPool> pool_of(const std::string& host, std::chrono::milliseconds connect_timeout) {
    PoolLimits limits;
    limits.connect_timeout = connect_timeout;
    Route route;
    route.origin = Origin(false, host, peer.port());
    route.resolver = &*resolver;
    return std::make_shared<HostPool>(loop.get_executor(), route, limits, stats, memory);
  }

  /// How the victim ends, `times` times, by what the name server says to the questions for it.
  std::shared_ptr<Get> victim_among_others(DnsPeer::Script script, int times = 1) {
    DnsPeer names([script = std::move(script)](const DnsQuestion& question) {
      return question.name == "victim.test" ? script(question) : found("127.0.0.1");
    });
    resolver.emplace(loop.get_executor(), names.servers(), asked_again_after);
    const auto sound = pool_of("sound.test", test::soon), doomed = pool_of("victim.test", victims_connect_timeout);
    std::vector<std::shared_ptr<Get>> others;
    for (int i = 0; i < 100; ++i) sound->start(others.emplace_back(std::make_shared<Get>()));
    auto victim = std::make_shared<Get>();
    doomed->start(victim);
    const auto all_over = [&] {
      return victim->ends > 0 &&
             std::all_of(others.begin(), others.end(), [](const auto& other) { return other->ends; });
    };
    EXPECT_TRUE(test::run_until(loop, all_over));
    for (const auto& other : others) EXPECT_EQ(other->status, 200);
    for (int time = 1; time < times; ++time) {
      doomed->start(victim);
      EXPECT_TRUE(test::run_until(loop, [&] { return victim->ends > time; }));
    }
    EXPECT_EQ(victim->ends, times);
    sound->close();
    doomed->close();
    resolver.reset();
    test::run_to_end(loop);
    for (const auto& other : others) EXPECT_EQ(other->ends, 1);
    return victim;
  }

  void expect_failure(DnsPeer::Script script, ErrorKind kind, const std::string& words) {
    const auto victim = victim_among_others(std::move(script));
    ASSERT_TRUE(victim->why);
    EXPECT_EQ(victim->why->kind, kind);
    EXPECT_NE(victim->why->detail.find(words), std::string::npos) << victim->why->detail;
    EXPECT_FALSE(victim->why->sent);
  }

  test::Peer peer{test::echo()};
  boost::asio::io_context loop{1};
  PoolStats stats;
  AnswerMemory memory{0};
  std::optional<Resolver> resolver;
  std::chrono::milliseconds victims_connect_timeout = test::soon;
  std::chrono::milliseconds asked_again_after = 20s;
};

TEST_F(DnsFaults, NoSuchName) {
  expect_failure([](const DnsQuestion&) { return failed(3); }, ErrorKind::dns, "no such host name");
}

TEST_F(DnsFaults, AServerThatFails) {
  expect_failure([](const DnsQuestion&) { return failed(2); }, ErrorKind::dns, "the name server failed");
}

TEST_F(DnsFaults, ASilentServerUntilTheTimeout) {
  const auto silence = [](const DnsQuestion&) {
    DnsAnswer answer;
    answer.silent = true;
    return answer;
  };
  victims_connect_timeout = 1s;  // long before the resolver gives up
  expect_failure(silence, ErrorKind::connect_timeout, "resolving the name of");
}

TEST_F(DnsFaults, ASlowServerIsNone) {
  std::atomic<int> asked = 0;
  asked_again_after = 500ms;
  const auto victim = victim_among_others([&](const DnsQuestion&) {
    auto answer = found("127.0.0.1");
    answer.silent = ++asked <= 2;  // the questions for both families are asked again
    return answer;
  });
  EXPECT_EQ(victim->status, 200) << (victim->why ? victim->why->detail : "");
}

TEST_F(DnsFaults, ANameThatMovedIsAskedForAgain) {
  std::atomic<bool> moved = false;
  const auto victim = victim_among_others(
      [&](const DnsQuestion& question) {
        const bool here = !question.ipv6 && moved.exchange(true);
        return found(here ? "127.0.0.1" : "127.0.0.9");  // where nobody listens
      },
      2);
  ASSERT_TRUE(victim->why) << "the first time";
  EXPECT_EQ(victim->why->kind, ErrorKind::connect);
  EXPECT_EQ(victim->status, 200) << "the second";
}

}  // namespace
}  // namespace headway::net
