// So many calls at once, each retried alone: OpenAI's SDK with 2 retries, as LangChain uses it; and with 10.
// openai-python, _base_client.py: min(0.5 * 2^n, 8) s less up to a quarter at random; the server's wait is obeyed
// up to 120 s.

#include <algorithm>

#include "pacing/random.hpp"
#include "pacing/strategy.hpp"

namespace headway::pacing {
namespace {

class FixedRetry final : public Strategy {
 public:
  FixedRetry(const Setting& setting, int retries)
      : workers_(setting.plan.workers), retries_(retries), random_(setting.seed) {}

  Admission admit(const Call& call, time_point) override {
    if (call.attempts > 0) return {true};  // it has kept its worker
    if (busy_ >= workers_) return {};
    ++busy_;
    return {true};
  }

  Verdict ended(const Call& call, const pace::Attempt& attempt, time_point) override {
    if (attempt.result == pace::Result::answered) return leave(Verdict::What::done);
    if (call.attempts > retries_ || attempt.server_wait > longest_server_wait) return leave(Verdict::What::lost);
    const bool server_says = attempt.server_wait > nanoseconds(0);
    return {Verdict::What::again, server_says ? *attempt.server_wait : backoff(call.attempts - 1)};
  }

 private:
  static constexpr nanoseconds longest_server_wait = std::chrono::seconds(120);

  Verdict leave(Verdict::What what) {
    --busy_;
    return {what};
  }

  nanoseconds backoff(int retries) {
    return duration(std::min(std::ldexp(0.5, retries), 8.0) * (1 - 0.25 * random_.uniform()));
  }

  std::size_t workers_;
  int retries_;
  Random random_;
  std::size_t busy_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> fixed_retry_2(const Setting& setting) {
  return std::make_unique<FixedRetry>(setting, 2);
}
std::unique_ptr<Strategy> fixed_retry_10(const Setting& setting) {
  return std::make_unique<FixedRetry>(setting, 10);
}

}  // namespace headway::pacing
