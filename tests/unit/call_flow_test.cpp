#include "call/call_flow.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace headway::call {
namespace {

using namespace std::chrono_literals;
using Step = CallFlow::Step;
using Action = CallFlow::Action;

constexpr auto start = CallFlow::time_point(1h);
constexpr auto never = CallFlow::time_point::max();

CallRequest request_to(std::size_t routes) {
  RouteOptions route;
  route.base_url = "http://host:80/v1";
  route.api_key = "sk-secret";
  const auto ways = routes_of(EndpointOptions(), std::vector<RouteOptions>(routes, route));
  CallRequest request;
  request.routes = with_heads(ways, "POST", "/v1/completions", {}, true);
  request.http.head = request.routes->front().head;
  request.max_retries = 2;
  return request;
}

/// A call that has begun at `start`.
class Flow {
 public:
  explicit Flow(CallRequest its_request = request_to(1)) : request(std::move(its_request)) {
    EXPECT_EQ(tell(CallFlow::Begun()).step, Step::ask_gate);
  }

  template <class Event>
  Action tell(Event event, CallFlow::time_point now = start) {
    return flow.resume(std::move(event), now);
  }
  Action tell(CallFlow::Failed event, CallFlow::time_point now = start) {
    return flow.resume(std::move(event), budget, now);
  }
  void send(CallFlow::time_point now = start) { EXPECT_EQ(tell(CallFlow::Admitted(), now).step, Step::send); }

  CallRequest request;
  pace::RetryBudget budget;
  CallFlow flow{request, 1};
};

CallFlow::Failed failed(ErrorKind kind) {
  CallFlow::Failed failed;
  failed.info.kind = kind;
  failed.info.message = "it failed";
  failed.failure.kind = kind;
  return failed;
}

CallFlow::Failed refused(std::chrono::milliseconds wait) {
  auto refusal = failed(ErrorKind::rate_limited);
  refusal.info.status = 429;
  refusal.info.provider_message = "slow down";
  refusal.failure.server_wait = wait;
  return refusal;
}

std::string message_of(const Action& action) {
  EXPECT_EQ(action.step, Step::deliver);
  return action.error ? action.error->message : "no error";
}

TEST(CallFlow, AsksTheGateThenSendsThenDelivers) {
  Flow call;
  EXPECT_EQ(call.tell(CallFlow::Queued()).step, Step::nothing);
  EXPECT_EQ(call.flow.wakes_at(), never);
  EXPECT_EQ(call.flow.attempts(), 0);
  call.send();
  EXPECT_EQ(call.flow.attempts(), 1);
  const auto end = call.tell(CallFlow::Succeeded());
  EXPECT_EQ(end.step, Step::deliver);
  EXPECT_FALSE(end.error);
  EXPECT_TRUE(call.flow.over());
}

TEST(CallFlow, WhatHappensAfterItsEndMeansNothing) {
  auto request = request_to(1);
  request.deadline = 1s;
  Flow call(std::move(request));
  call.send();
  call.tell(CallFlow::Succeeded());
  EXPECT_EQ(call.flow.wakes_at(), never);
  EXPECT_EQ(call.tell(CallFlow::TimePassed(), start + 1h).step, Step::nothing);
  EXPECT_EQ(call.tell(CallFlow::Cancelled(), start + 1h).step, Step::nothing);
}

TEST(CallFlow, WhoIsTurnedAwayIsNeverSent) {
  Flow call;
  CallFlow::TurnedAway no;
  no.why.message = "max_cost is reached";
  EXPECT_EQ(message_of(call.tell(std::move(no))), "max_cost is reached");
  EXPECT_EQ(call.flow.attempts(), 0);
}

TEST(CallFlow, WaitsOutsideOfTheGateBeforeARetryAndSaysWhy) {
  Flow call;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    call.send();
    auto action = call.tell(failed(ErrorKind::server));
    if (attempt == 3) {
      EXPECT_EQ(message_of(action), "it failed");
      break;
    }
    ASSERT_EQ(action.step, Step::wait);
    EXPECT_FALSE(action.as_told);
    EXPECT_EQ(action.error->message, "it failed");
    EXPECT_EQ(call.flow.wakes_at(), start + action.wait);
    EXPECT_EQ(call.tell(CallFlow::TimePassed(), start + action.wait).step, Step::ask_gate);
  }
  EXPECT_EQ(call.flow.attempts(), 3);
}

TEST(CallFlow, ATimerThatFiresTooEarlyMeansNothing) {
  Flow call;
  call.send();
  const auto action = call.tell(refused(10s));
  EXPECT_EQ(call.tell(CallFlow::TimePassed(), start + 9s).step, Step::nothing);
  EXPECT_EQ(call.tell(CallFlow::TimePassed(), start + 10s).step, Step::ask_gate);
}

TEST(CallFlow, WhatCannotBeMendedIsNotSentAgain) {
  Flow call;
  call.send();
  EXPECT_EQ(message_of(call.tell(failed(ErrorKind::bad_request))), "it failed");
}

TEST(CallFlow, WhatWasHandedOverIsNotSentAgain) {
  Flow call;
  call.send();
  auto half = failed(ErrorKind::server);
  half.handed_over = true;
  half.goes_elsewhere = true;
  EXPECT_EQ(message_of(call.tell(std::move(half))), "it failed");
}

TEST(CallFlow, WaitsAsItsServerToldItAndUsesUpNoRetry) {
  Flow call;
  for (int times = 0; times < 10; ++times) {
    call.send();
    const auto action = call.tell(refused(30s));
    ASSERT_EQ(action.step, Step::wait);
    EXPECT_TRUE(action.as_told);
    EXPECT_EQ(action.wait, 30s);
    call.tell(CallFlow::TimePassed(), start + 30s);
  }
}

TEST(CallFlow, ARefusalWithoutAWaitGoesBackToTheGate) {
  Flow call;
  call.send();
  EXPECT_EQ(call.tell(refused(0s)).step, Step::ask_gate);
}

TEST(CallFlow, AServersWaitHoldsForNoOtherRoute) {
  Flow call(request_to(2));
  call.send();
  const auto action = call.tell(refused(30s));
  EXPECT_EQ(action.step, Step::ask_gate);
  EXPECT_EQ(action.wait, 30s) << "on_retry is told of it";
}

TEST(CallFlow, GoesElsewhereAtOnceWhereItsRouteIsShut) {
  Flow call(request_to(2));
  call.send();
  auto refusal = failed(ErrorKind::authentication);
  refusal.goes_elsewhere = true;
  const auto action = call.tell(std::move(refusal));
  EXPECT_EQ(action.step, Step::ask_gate);
  EXPECT_FALSE(action.error) << "it is no retry";
}

TEST(CallFlow, SaysWhatShutsARouteForAll) {
  auto request = request_to(1);
  const auto shuts = [&](ErrorKind kind, bool worked) { return Flow(request).flow.shuts_route(kind, worked); };
  EXPECT_TRUE(shuts(ErrorKind::authentication, true));
  EXPECT_TRUE(shuts(ErrorKind::quota_exhausted, true));
  EXPECT_TRUE(shuts(ErrorKind::not_found, false));
  EXPECT_FALSE(shuts(ErrorKind::not_found, true));
  EXPECT_FALSE(shuts(ErrorKind::server, false));
  request.has_own_path = true;
  EXPECT_FALSE(shuts(ErrorKind::permission, false));
  EXPECT_TRUE(shuts(ErrorKind::authentication, false));
  request.has_own_headers = true;
  EXPECT_FALSE(shuts(ErrorKind::authentication, false));
}

TEST(CallFlow, AMendedCallUsesUpNoRetry) {
  auto request = request_to(1);
  request.max_retries = 0;
  Flow call(std::move(request));
  call.send();
  EXPECT_EQ(call.tell(CallFlow::Mended()).step, Step::ask_gate);
  call.send();
  EXPECT_EQ(call.tell(CallFlow::Succeeded()).step, Step::deliver);
}

TEST(CallFlow, FollowsFiveRedirects) {
  Flow call;
  call.send();
  for (int times = 0; times < 5; ++times) EXPECT_EQ(call.tell(CallFlow::Redirected()).step, Step::send);
  EXPECT_EQ(call.tell(CallFlow::Redirected()).step, Step::nothing);
  EXPECT_EQ(call.flow.attempts(), 1);
  EXPECT_EQ(message_of(call.tell(failed(ErrorKind::bad_request))), "it failed");
}

TEST(CallFlow, ItsDeadlineEndsItWhereverItIs) {
  auto request = request_to(1);
  request.deadline = 5s;
  const auto text = "the call was not done within its deadline of 5000 ms";
  Flow in_line(request);
  in_line.tell(CallFlow::Queued());
  EXPECT_EQ(in_line.flow.wakes_at(), start + 5s);
  EXPECT_EQ(message_of(in_line.tell(CallFlow::TimePassed(), start + 5s)), text);
  Flow sent(request);
  sent.send();
  EXPECT_EQ(message_of(sent.tell(CallFlow::TimePassed(), start + 5s)), text);
  Flow waiting(request);
  waiting.send();
  waiting.tell(refused(4s));
  EXPECT_EQ(waiting.flow.wakes_at(), start + 4s);
  EXPECT_EQ(waiting.tell(CallFlow::TimePassed(), start + 4s).step, Step::ask_gate);
  auto end = waiting.tell(CallFlow::TimePassed(), start + 5s);
  EXPECT_EQ(message_of(end), text + std::string("; it failed"));
  EXPECT_EQ(end.error->provider_message, "slow down");
  EXPECT_EQ(end.error->status, 429);
}

TEST(CallFlow, StartsNoAttemptAfterItsDeadline) {
  auto request = request_to(1);
  request.deadline = 5s;
  Flow call(std::move(request));
  call.send();
  EXPECT_EQ(message_of(call.tell(refused(6s))), "it failed; another attempt would start after the deadline");
}

TEST(CallFlow, WaitsInLineNoLongerThanMaxWait) {
  auto request = request_to(1);
  request.max_wait = 2s;
  Flow call(request);
  call.tell(CallFlow::Queued());
  EXPECT_EQ(call.flow.wakes_at(), start + 2s);
  EXPECT_EQ(message_of(call.tell(CallFlow::TimePassed(), start + 2s)), "host takes no call now; waited 2 s (max_wait)");
}

TEST(CallFlow, MaxWaitIsForAllItsWaitsTogether) {
  auto request = request_to(1);
  request.max_wait = 5s;
  Flow call(request);
  call.tell(CallFlow::Queued());
  EXPECT_EQ(call.tell(CallFlow::Admitted{1s}, start + 1s).step, Step::send);
  EXPECT_EQ(call.flow.wakes_at(), never) << "what it takes to answer is no wait";
  const auto now = start + 1min;
  EXPECT_EQ(call.tell(refused(3s), now).step, Step::wait);
  EXPECT_EQ(call.tell(CallFlow::TimePassed(), now + 3s).step, Step::ask_gate);
  call.tell(CallFlow::Queued(), now + 3s);
  EXPECT_EQ(call.flow.wakes_at(), now + 4s);
  EXPECT_EQ(message_of(call.tell(CallFlow::TimePassed(), now + 4s)), "it failed; waited 5 s (max_wait)");

  Flow impatient(request);
  impatient.send();
  EXPECT_EQ(message_of(impatient.tell(refused(6s))), "it failed; it asks to wait 6 s");
}

TEST(CallFlow, WhatItsServerSaidIsKeptWithoutTheKey) {
  auto request = request_to(1);
  request.deadline = 5s;
  Flow call(std::move(request));
  call.send();
  auto refusal = refused(1s);
  refusal.info.provider_message = "sk-secret is too fast";
  call.tell(std::move(refusal));
  const auto end = call.tell(CallFlow::TimePassed(), start + 5s);
  EXPECT_EQ(end.error->provider_message.find("sk-secret"), std::string::npos);
}

TEST(CallFlow, IsCancelledOnce) {
  Flow call;
  call.send();
  auto end = call.tell(CallFlow::Cancelled());
  EXPECT_EQ(message_of(end), "the call was cancelled");
  EXPECT_EQ(end.error->kind, ErrorKind::cancelled);
  EXPECT_EQ(call.tell(CallFlow::Cancelled()).step, Step::nothing);
}

}  // namespace
}  // namespace headway::call
