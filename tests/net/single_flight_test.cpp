// Identical calls that share one request, for those who ask for it.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

ClientOptions sharing() {
  auto options = client_options();
  options.single_flight = true;
  return options;
}

CallOptions with_deadline(std::chrono::milliseconds deadline) {
  CallOptions options;
  options.deadline = deadline;
  return options;
}

/// A peer that answers only when it is told to, so that calls are in flight together however slow the machine is.
class HeldPeer {
 public:
  explicit HeldPeer(std::function<std::string(const Request&)> answer = echo_reply)
      : peer([held = held_, answer](Conversation& conversation) {
          while (const auto request = conversation.read_request()) {
            held.wait_for(soon);
            conversation.send(answer(*request));
          }
        }) {}

  /// Once so many calls are in flight.
  void answer(const Client& client, std::size_t calls) {
    EXPECT_TRUE(peer.wait_until([&] { return client.stats().calls_in_flight == calls; }));
    go_.set_value();
  }

 private:
  std::promise<void> go_;
  std::shared_future<void> held_ = go_.get_future().share();

 public:
  Peer peer;
};

TEST(SingleFlight, AsksOnceForWhatIsAskedAtTheSameTime) {
  HeldPeer held;
  auto& peer = held.peer;
  const Client client(sharing());
  const auto model = model_on(client, peer);
  std::vector<std::future<Response>> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(model.submit("same"));
  auto other = model.submit("other");
  held.answer(client, 11);
  for (auto& call : calls) EXPECT_EQ(ended(call).value().text(), "echo: same");
  EXPECT_EQ(ended(other).value().text(), "echo: other");
  EXPECT_EQ(peer.request_count(), 2u);
}

TEST(SingleFlight, IsNeverImplied) {
  Peer peer(echo(100ms));
  const auto model = model_at(peer);
  auto one = model.submit("same");
  auto two = model.submit("same");
  EXPECT_TRUE(ended(one) && ended(two));
  EXPECT_EQ(peer.request_count(), 2u);
}

TEST(SingleFlight, WhatHasEndedIsAskedAgain) {
  Peer peer(echo());
  const auto model = model_at(peer, sharing());
  model.invoke("same");
  model.invoke("same");
  EXPECT_EQ(peer.request_count(), 2u);
}

TEST(SingleFlight, OneIsPaidFor) {
  HeldPeer held;
  auto& peer = held.peer;
  auto options = sharing();
  options.base_url = peer.url("/v1");
  options.api_key = "sk-x";
  options.prices.in = options.prices.out = 100'000;
  const Client client(options);
  const OpenAI model(client);
  auto one = model.submit("same");
  auto two = model.submit("same");
  held.answer(client, 2);
  const auto first = ended(one).value(), second = ended(two).value();
  EXPECT_DOUBLE_EQ(first.cost.value() + second.cost.value(), 1.2) << "5 tokens in, 7 out, 0.1 each";
  EXPECT_DOUBLE_EQ(client.stats().cost, 1.2);
  EXPECT_EQ(client.stats().calls_in_flight, 0u);
}

TEST(SingleFlight, AFailureIsEverybodys) {
  HeldPeer held([](const Request&) { return error_reply(400, "no", "t", "c"); });
  const Client client(sharing());
  const auto model = model_on(client, held.peer);
  auto one = model.submit("same");
  auto two = model.submit("same");
  held.answer(client, 2);
  EXPECT_EQ(ended(one).error().kind(), ErrorKind::bad_request);
  EXPECT_EQ(ended(two).error().kind(), ErrorKind::bad_request);
  EXPECT_EQ(held.peer.request_count(), 1u);
}

TEST(SingleFlight, WhoLeavesTakesNothingFromTheOthers) {
  HeldPeer held;
  const Client client(sharing());
  const auto model = model_on(client, held.peer);
  auto patient = model.submit("same");
  auto impatient = model.submit("same", with_deadline(50ms));
  EXPECT_EQ(ended(impatient).error().kind(), ErrorKind::deadline);
  held.answer(client, 1);
  EXPECT_EQ(ended(patient).value().text(), "echo: same");
  EXPECT_EQ(held.peer.request_count(), 1u);
}

TEST(SingleFlight, EndsWithTheLastThatLeaves) {
  Peer peer(stalling());
  const auto model = model_at(peer, sharing());
  auto one = model.submit("same", with_deadline(2s));
  auto two = model.submit("same", with_deadline(2s));
  EXPECT_EQ(ended(one).error().kind(), ErrorKind::deadline);
  EXPECT_EQ(ended(two).error().kind(), ErrorKind::deadline);
  EXPECT_TRUE(all_closed(peer));
  EXPECT_EQ(peer.request_count(), 1u);
}

TEST(SingleFlight, ACancelledCallLeavesAtOnce) {
  HeldPeer held;
  auto& peer = held.peer;
  boost::asio::io_context loop;
  const Client client(loop.get_executor(), sharing());
  const auto model = model_on(client, peer);
  boost::asio::cancellation_signal signal;
  std::optional<ErrorKind> cancelled;
  std::string answer;
  model.async_outcome("same", boost::asio::bind_cancellation_slot(signal.slot(), [&](Outcome<Response> outcome) {
                        if (!outcome) cancelled = outcome.error().kind();
                      }));
  model.async_outcome("same", [&](Outcome<Response> outcome) {
    answer = outcome.value().text();
    client.close();
  });
  ASSERT_TRUE(run_until(loop, [&] { return peer.request_count() == 1; }));
  signal.emit(boost::asio::cancellation_type::terminal);
  ASSERT_TRUE(run_until(loop, [&] { return cancelled.has_value(); }));
  EXPECT_EQ(cancelled, ErrorKind::cancelled);
  EXPECT_EQ(answer, "");
  held.answer(client, 1);
  run_to_end(loop);
  EXPECT_EQ(answer, "echo: same");
}

TEST(SingleFlight, AClientThatIsClosedCancelsAll) {
  Peer peer(stalling());
  const Client client(sharing());
  const auto model = model_on(client, peer);
  auto one = model.submit("same");
  auto two = model.submit("same");
  ASSERT_TRUE(has_requests(peer, 1));
  client.close();
  EXPECT_EQ(ended(one).error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(ended(two).error().kind(), ErrorKind::cancelled);
}

}  // namespace
}  // namespace headway::test
