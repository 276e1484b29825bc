#include "pacing/case.hpp"

namespace headway::pacing {
namespace {

using Counts::input_tokens;
using Counts::output_tokens;
using Counts::tokens;
using enum Enforced;

constexpr double day = 86'400;

Case requests(std::string name, std::string what, Enforced enforced, double per_minute, bool headers) {
  Case plan;
  plan.name = std::move(name);
  plan.what = std::move(what);
  plan.limits = {LimitPlan(Counts::requests, enforced, per_minute)};
  plan.provider.headers = plan.provider.retry_after = headers;
  plan.workers = static_cast<std::size_t>(per_minute / 20);  // 1.4 s a call
  plan.least_share = 99;
  plan.most_refusals = 5;
  return plan;
}

Case tokens_by(std::string name, std::string what, Charge charge, double per_minute, bool headers) {
  Case plan = requests(std::move(name), std::move(what), bucket, 600, headers);
  plan.limits = {LimitPlan(tokens, bucket, per_minute)};
  plan.provider.charge = charge;
  plan.workers = 60;
  return plan;
}

// As LiteLLM's proxy: limit and remaining, and no word of when there is more.
Case without_resets(Case plan) {
  plan.provider.resets = plan.provider.retry_after = false;
  return plan;
}

std::vector<Case> buckets() {
  std::vector<Case> cases;
  cases.push_back(
      requests("bucket", "600 requests a minute in a bucket that refills all the time; headers", bucket, 600, true));
  cases.push_back(requests("bucket, 50 ms", "6,000 a minute, 50 ms of jitter on 150 ms", bucket, 6'000, true));
  cases.back().jitter_ms = 50;
  cases.back().delay_ms = 150;
  cases.push_back(requests("bucket, silent", "600 a minute, no headers, no Retry-After", bucket, 600, false));
  cases.push_back(
      requests("bucket, refused count", "as before, and refused requests use up the limit too", bucket, 600, false));
  cases.back().provider.refused_count = true;
  cases.push_back(without_resets(
      requests("bucket, no resets", "headers of limit and remaining alone, no Retry-After", bucket, 600, true)));
  return cases;
}

std::vector<Case> slice_cases() {
  std::vector<Case> cases;
  cases.push_back(requests("slices of 1,000", "60,000 a minute as 1,000 a second; headers speak of the minute", slices,
                           60'000, true));
  cases.back().minutes = 2;
  cases.push_back(
      requests("slices of 100", "6,000 a minute as 100 a second; headers speak of the minute", slices, 6'000, true));
  cases.push_back(requests("slices of 100, silent", "as before, no headers", slices, 6'000, false));
  cases.push_back(
      requests("slices of 10", "600 a minute as 10 a second; headers speak of the minute", slices, 600, true));
  cases.push_back(requests("slices of 10, silent", "as before, no headers", slices, 600, false));
  cases.push_back(
      requests("slices of 10, 50 ms", "as before with headers, 50 ms of jitter on 150 ms", slices, 600, true));
  cases.back().jitter_ms = 50;
  cases.back().delay_ms = 150;
  for (auto& plan : cases) plan.near_oracle = plan.limits.front().limit <= 600;
  cases.push_back(requests("minutes", "600 from one full minute to the next; headers", fixed, 600, true));
  cases.back().least_share = 97;
  cases.push_back(requests("minutes, silent", "as before, no headers", fixed, 600, false));
  cases.back().least_share = 97;
  cases.push_back(without_resets(
      requests("minutes, no resets", "headers of limit and remaining alone, no Retry-After", fixed, 600, true)));
  cases.back().least_share = 97;
  return cases;
}

std::vector<Case> token_cases() {
  std::vector<Case> cases;
  cases.push_back(
      tokens_by("tokens by use", "600,000 tokens a minute, 475 a call; headers", Charge::by_use, 600'000, true));
  cases.push_back(tokens_by("tokens by use, silent", "as before, no headers", Charge::by_use, 600'000, false));
  cases.push_back(tokens_by("tokens up front", "prompt + max_tokens (512) charged on arrival; headers",
                            Charge::up_front, 600'000, true));
  cases.push_back(tokens_by("tokens up front, silent", "as before, no headers", Charge::up_front, 600'000, false));
  cases.push_back(tokens_by("tokens in slices", "6,000,000 tokens a minute as 100,000 a second; headers",
                            Charge::by_use, 6'000'000, true));
  cases.back().limits.front().enforced = slices;
  cases.back().minutes = 3;
  cases.back().workers = 600;
  cases.push_back(tokens_by("tokens in, out", "4,000 requests, 400,000 tokens in, 80,000 out a minute; headers",
                            Charge::by_use, 0, true));
  cases.back().limits = {LimitPlan(Counts::requests, bucket, 4'000), LimitPlan(input_tokens, bucket, 400'000),
                         LimitPlan(output_tokens, bucket, 80'000)};
  cases.push_back(
      tokens_by("long tails", "outputs log-normal with sigma 1.5, no max_tokens", Charge::by_use, 600'000, true));
  cases.back().workload.output_sigma = 1.5;
  cases.back().workload.max_tokens = std::nullopt;
  cases.push_back(
      tokens_by("bursts of long outputs", "20 s of 50 tokens, 20 s of 400, and so on", Charge::by_use, 600'000, true));
  cases.back().workload.output_tokens = 50;
  cases.back().workload.output_burst = 8;
  cases.back().workload.max_tokens = 2'000;
  return cases;
}

// Tokens a byte of UTF-8, about what today's tokenizers need: English, Japanese, code, base64.
const std::vector<double> languages{0.24, 0.31, 0.36, 0.72};

std::vector<Case> language_cases() {
  std::vector<Case> cases;
  cases.push_back(
      tokens_by("languages mixed", "English, Japanese, code and base64 at random", Charge::by_use, 600'000, true));
  cases.push_back(tokens_by("languages in turn", "the same, a minute of each", Charge::by_use, 600'000, true));
  cases.back().workload.text_changes_every = 60;
  cases.push_back(tokens_by("languages, silent", "a minute of each, no headers", Charge::by_use, 600'000, false));
  cases.back().workload.text_changes_every = 60;
  for (auto& plan : cases) plan.workload.tokens_a_byte = languages;
  return cases;
}

Case changing(std::string name, std::string what, double factor, bool headers) {
  Case plan = requests(std::move(name), std::move(what), bucket, 600, headers);
  plan.provider.change_at = 300;
  plan.provider.change_factor = factor;
  plan.least_share = 97;
  plan.most_refusals = 1e9;  // to see that a limit is lower takes refusals
  return plan;
}

Case outage(std::string name, std::string what, double length, pace::Result result) {
  Case plan = requests(std::move(name), std::move(what), bucket, 600, true);
  plan.outage.from = 120;
  plan.outage.until = 120 + length;
  plan.outage.result = result;
  plan.least_share = 90;  // ends within one minute (in ten) of the ideal
  plan.most_refusals = 1e9;
  return plan;
}

std::vector<Case> change_cases() {
  std::vector<Case> cases;
  cases.push_back(changing("halved", "600 a minute, 300 after 5 minutes; headers", 0.5, true));
  cases.push_back(changing("doubled", "600 a minute, 1,200 after 5 minutes; headers", 2, true));
  cases.push_back(changing("halved, silent", "as above, no headers", 0.5, false));
  cases.push_back(changing("doubled, silent", "as above, no headers", 2, false));
  cases.push_back(outage("503 for 1 minute", "600 a minute; from 2:00 to 3:00 every answer is a 503", 60,
                         pace::Result::overloaded));
  cases.push_back(outage("503 for 2 minutes", "the same to 4:00", 120, pace::Result::overloaded));
  cases.push_back(
      outage("500 for 1 minute", "the same with 500, which is no word of overload", 60, pace::Result::server_error));
  cases.push_back(outage("down for 1 minute", "the same with refused connections", 60, pace::Result::unreachable));
  return cases;
}

/// A large limit, and a small share of the requests that fail for no reason of the client's.
Case faulty(std::string name, std::string what, double share, pace::Result result, bool headers) {
  Case plan = requests(std::move(name), std::move(what), bucket, 6'000, headers);
  plan.outage.until = plan.length();
  plan.outage.share = share;
  plan.outage.result = result;
  plan.least_share = 97;
  plan.most_refusals = 1e9;  // those that come at random are no fault of the pacing
  return plan;
}

std::vector<Case> fault_cases() {
  std::vector<Case> cases;
  cases.push_back(faulty("429 at random", "6,000 a minute; 2.5 in 1,000 are refused at random; headers", 0.0025,
                         pace::Result::refused, true));
  cases.push_back(faulty("429 at random, silent", "as before, no headers", 0.0025, pace::Result::refused, false));
  cases.push_back(
      faulty("503 at random", "6,000 a minute; 1 in 100 is a 503; headers", 0.01, pace::Result::overloaded, true));
  cases.push_back(faulty("500 at random", "the same with 500", 0.01, pace::Result::server_error, true));
  cases.push_back(
      faulty("connections lost", "the same with connections that break", 0.01, pace::Result::unreachable, true));
  return cases;
}

Case queueing(std::string name, std::string what, bool streams) {
  Case plan;
  plan.name = std::move(name);
  plan.what = std::move(what);
  plan.slots = 32;
  plan.streams = streams;
  plan.provider.headers = false;
  plan.workers = 64;
  plan.delay_ms = 1;
  plan.jitter_ms = 0.2;
  plan.least_share = 97;
  plan.most_waiting = 1.3;  // as long as the answer itself takes
  return plan;
}

std::vector<Case> server_cases() {
  std::vector<Case> cases;
  cases.push_back(
      queueing("queue, streams", "32 slots, one line before them, no refusals; answers are streamed", true));
  cases.push_back(queueing("queue, whole answers", "as before, not streamed", false));
  cases.back().most_waiting = 2.6;
  return cases;
}

std::vector<Case> day_cases() {
  std::vector<Case> cases;
  cases.push_back(requests("day runs out", "30 a minute, and 10,000 from 0:00 to 0:00; two days; headers of the day",
                           bucket, 30, true));
  cases.back().limits.front().told = false;
  cases.back().limits.emplace_back(Counts::requests, fixed, 10'000).window = day;
  cases.push_back(requests("day as a bucket",
                           "Groq: 30 a minute, 14,400 a day in a bucket; two days; headers of the day", bucket, 30,
                           true));
  cases.back().limits.front().told = false;
  cases.back().limits.emplace_back(Counts::requests, bucket, 14'400).window = day;
  for (auto& plan : cases) {
    plan.minutes = 2 * 24 * 60;
    plan.workers = 2;
  }
  return cases;
}

std::vector<Case> light_cases() {
  std::vector<Case> cases;
  cases.push_back(requests("light load", "calls come at random, 8 a second of 10 allowed; headers", bucket, 600, true));
  cases.back().workload.calls_a_second = 8;
  cases.back().least_share = 0;
  cases.back().most_waiting = 0.05;
  return cases;
}

}  // namespace

const std::vector<Case>& all_cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> cases;
    for (auto make : {buckets, slice_cases, token_cases, language_cases, change_cases, fault_cases, server_cases,
                      day_cases, light_cases}) {
      for (auto& plan : make()) cases.push_back(std::move(plan));
    }
    return cases;
  }();
  return all;
}

}  // namespace headway::pacing
