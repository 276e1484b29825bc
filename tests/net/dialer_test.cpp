#include "net/dialer.hpp"

#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "model_at.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "support/dns_peer.hpp"

namespace headway::net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint loopback(std::uint16_t port) {
  return {make_address("127.0.0.1"), port};
}

/// A listener that leaves the next client without an answer: its queue is full.
class SilentListener {
 public:
  explicit SilentListener(boost::asio::io_context& loop) : listener_(loop), first_(loop) {
    listener_.open(tcp::v4());
    listener_.bind(loopback(0));
    listener_.listen(0);
    first_.connect(listener_.local_endpoint());
  }
  tcp::endpoint endpoint() const { return listener_.local_endpoint(); }

 private:
  tcp::acceptor listener_;
  tcp::socket first_;
};

class DialerTest : public testing::Test {
 protected:
  struct Result {
    error_code error;
    tcp::endpoint peer;  // of a socket that is connected
  };

  std::shared_ptr<Dialer> start(Dialer::Addresses addresses, std::chrono::milliseconds stagger) {
    auto dialer = std::make_shared<Dialer>(loop.get_executor(), std::move(addresses), stagger);
    dialer->start([this](error_code error, const tcp::socket& socket) {
      EXPECT_FALSE(result) << "completed twice";
      result.emplace(Result{error, error ? tcp::endpoint() : socket.remote_endpoint()});
    });
    EXPECT_FALSE(result) << "completed inside start()";
    return dialer;
  }

  /// How dialling these ends; nothing is left to do then.
  Result dial(Dialer::Addresses addresses, std::chrono::milliseconds stagger = 1h) {
    result.reset();
    start(std::move(addresses), stagger);
    test::run_to_end(loop);
    return result.value_or(Result{boost::asio::error::timed_out, {}});
  }

  boost::asio::io_context loop{1};
  std::optional<Result> result;
  tcp::acceptor listener{loop, loopback(0)};
  test::RefusedPort refused;
};

TEST_F(DialerTest, TheFirstThatAnswers) {
  tcp::acceptor other(loop, loopback(0));
  const auto got = dial({listener.local_endpoint(), other.local_endpoint()});
  EXPECT_FALSE(got.error) << got.error.message();
  EXPECT_EQ(got.peer, listener.local_endpoint());
  other.non_blocking(true);
  error_code nobody;
  other.accept(nobody);
  EXPECT_EQ(nobody, boost::asio::error::would_block) << "the second was tried too";
}

TEST_F(DialerTest, ARefusalIsNotWaitedFor) {
  const auto got = dial({loopback(refused.port()), loopback(refused.port()), listener.local_endpoint()}, 1h);
  EXPECT_FALSE(got.error) << got.error.message();
  EXPECT_EQ(got.peer, listener.local_endpoint());
}

TEST_F(DialerTest, SilenceIsWaitedForAWhileAndThenTheNextIsTriedBesideIt) {
  const SilentListener silent(loop);
  const auto got = dial({silent.endpoint(), silent.endpoint(), listener.local_endpoint()}, 20ms);
  EXPECT_FALSE(got.error) << got.error.message();
  EXPECT_EQ(got.peer, listener.local_endpoint());
}

TEST_F(DialerTest, AnAddressThatIsSlowMayStillWin) {
  const SilentListener silent(loop);
  const auto dialer = start({silent.endpoint(), loopback(refused.port())}, 1ms);
  loop.run_for(100ms);
  EXPECT_FALSE(result) << "given up though one address has not answered";
  dialer->close();
  test::run_to_end(loop);
}

TEST_F(DialerTest, AllRefuse) {
  const auto got = dial({loopback(refused.port()), loopback(refused.port())});
  EXPECT_EQ(got.error, boost::asio::error::connection_refused);
  EXPECT_FALSE(is_local_shortage(got.error));
}

TEST_F(DialerTest, WhatTheUserIsTold) {
  using boost::asio::error::connection_refused;
  using boost::asio::error::network_unreachable;
  const error_code no_descriptors = boost::asio::error::no_descriptors;
  const error_code no_port = make_error_code(boost::system::errc::address_not_available);
  EXPECT_EQ(more_telling({}, no_port), no_port);
  EXPECT_EQ(more_telling(network_unreachable, connection_refused), connection_refused);
  EXPECT_EQ(more_telling(no_port, connection_refused), connection_refused);
  EXPECT_EQ(more_telling(connection_refused, no_port), connection_refused);
  EXPECT_EQ(more_telling(no_descriptors, connection_refused), no_descriptors);
  EXPECT_EQ(more_telling(connection_refused, no_descriptors), no_descriptors);
}

TEST_F(DialerTest, CloseInTheMiddleDropsTheHandler) {
  const SilentListener silent(loop);
  const auto dialer = start({silent.endpoint(), silent.endpoint(), listener.local_endpoint()}, 1ms);
  EXPECT_EQ(loop.run_one_for(test::soon), 1u) << "the second attempt should have begun";
  dialer->close();
  test::run_to_end(loop);
  EXPECT_FALSE(result);
}

TEST_F(DialerTest, TheFamiliesTakeTurns) {
  const tcp::endpoint six[] = {{make_address("2001:db8::1"), 1}, {make_address("2001:db8::2"), 1}};
  const tcp::endpoint four[] = {
      {make_address("192.0.2.1"), 1}, {make_address("192.0.2.2"), 1}, {make_address("192.0.2.3"), 1}};
  EXPECT_EQ(families_by_turns({six[0], six[1], four[0], four[1], four[2]}),
            (Dialer::Addresses{six[0], four[0], six[1], four[1], four[2]}));
  EXPECT_EQ(families_by_turns({four[0], four[1], six[0]}), (Dialer::Addresses{four[0], six[0], four[1]}));
  EXPECT_EQ(families_by_turns({four[2], four[1]}), (Dialer::Addresses{four[2], four[1]}));
}

/// What a connector at a name ends with.
std::optional<Failure> connect(boost::asio::io_context& loop, Resolver& resolver, std::uint16_t port,
                               std::chrono::milliseconds timeout = test::soon) {
  Route route;
  route.origin = Origin(false, "api.example.test", port);
  route.resolver = &resolver;
  route.timeout = timeout;
  std::optional<Failure> failure(std::in_place, ErrorKind::exception, "it did not end");
  const auto connector = make_connector(loop.get_executor(), route);
  connector->start([&](std::optional<Failure> why, std::unique_ptr<Stream>) { failure = std::move(why); });
  test::run_to_end(loop);
  return failure;
}

class MovingHost : public DialerTest {
 protected:
  std::atomic<bool> moved = false;
  std::atomic<const char*> before = "127.0.0.2";
  test::DnsPeer names{[this](const test::DnsQuestion&) {
    test::DnsAnswer answer;
    answer.addresses = {moved ? "127.0.0.1" : before.load()};
    return answer;
  }};
};

TEST_F(MovingHost, IsAskedForAgainWhenItsAddressRefuses) {
  Resolver resolver(loop.get_executor(), names.servers());
  const auto port = listener.local_endpoint().port();
  const auto failure = connect(loop, resolver, port);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, ErrorKind::connect);
  moved = true;
  EXPECT_FALSE(connect(loop, resolver, port));
  EXPECT_EQ(names.asked("api.example.test"), 2u);
}

TEST_F(MovingHost, IsAskedForAgainWhenItsAddressDoesNotAnswer) {
  const SilentListener silent(loop);
  before = "127.0.0.1";
  Resolver resolver(loop.get_executor(), names.servers());
  const auto failure = connect(loop, resolver, silent.endpoint().port(), 1s);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, ErrorKind::connect_timeout);
  EXPECT_FALSE(connect(loop, resolver, listener.local_endpoint().port()));
  EXPECT_EQ(names.asked("api.example.test"), 2u);
}

TEST_F(MovingHost, IsAskedForOnceWhileItsAddressAnswers) {
  moved = true;
  Resolver resolver(loop.get_executor(), names.servers());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(connect(loop, resolver, listener.local_endpoint().port()));
  EXPECT_EQ(names.asked("api.example.test"), 1u);
}

}  // namespace
}  // namespace headway::net
