#include "pacing/simulation.hpp"

#include <algorithm>
#include <deque>
#include <iomanip>
#include <memory>
#include <ostream>

#include "pacing/event_queue.hpp"

namespace headway::pacing {
namespace {

constexpr std::size_t most_alive = 10'000;

// Calls are drawn, delayed and phased by seeds of their own, so that all strategies meet the same.
struct Seeds {
  explicit Seeds(std::uint64_t seed) : random(seed * 1'000'003) {}
  Random random;
  std::uint64_t calls = random.bits();
  std::uint64_t network = random.bits();
  std::uint64_t strategy = random.bits();
  double phase = random.uniform();
};

class Run {
 public:
  Run(const Case& plan, const StrategyKind& kind, std::uint64_t seed, std::ostream* trace)
      : plan_(plan),
        seeds_(seed),
        calls_random_(seeds_.calls),
        network_random_(seeds_.network),
        provider_(make_provider(plan, seeds_.phase)),
        strategy_(kind.make(Setting{plan, seeds_.phase, seeds_.strategy, kind.speed})),
        trace_(trace) {}

  Measures run() {
    if (plan_.workload.calls_a_second > 0) make_next_call();
    if (trace_) print_second();
    queue_.add(start, [this] { pump(); });
    queue_.run_until(moment(plan_.length()));
    return measure(plan_, seeds_.phase, ledger_, tally_);
  }

 private:
  Call* make_call() {
    if (free_.empty()) {
      calls_.push_back(std::make_unique<Call>());
      calls_.back()->slot = calls_.size() - 1;
      free_.push_back(calls_.back().get());
    }
    Call* call = free_.back();
    free_.pop_back();
    call->request = next_request(plan_.workload, calls_random_, queue_.now());
    call->attempts = 0;
    call->made = queue_.now();
    return call;
  }

  void make_next_call() {
    const double gap = calls_random_.exponential(1 / plan_.workload.calls_a_second);
    queue_.add(queue_.now() + duration(gap), [this] {
      line_.push_back(make_call());
      pump();
      make_next_call();
    });
  }

  // With a backlog there is always a next call; it is made when its turn comes. Programs keep a bounded number alive.
  Call* head() {
    const bool backlog = plan_.workload.calls_a_second <= 0 && calls_.size() - free_.size() < most_alive;
    if (line_.empty() && backlog) line_.push_back(make_call());
    return line_.empty() ? nullptr : line_.front();
  }

  void pump() {
    while (Call* call = head()) {
      const auto admission = strategy_->admit(*call, queue_.now());
      if (!admission.admitted) return ask_again(admission.ask_again);
      line_.pop_front();
      send(*call);
    }
  }

  void ask_again(time_point when) {
    if (when == time_point::max() || (timer_ > queue_.now() && timer_ <= when)) return;
    timer_ = std::max(when, queue_.now() + nanoseconds(1));
    queue_.add(timer_, [this, due = timer_] {
      if (due == timer_) pump();
    });
  }

  nanoseconds network() {
    return duration(std::max(0.1, plan_.delay_ms + plan_.jitter_ms * network_random_.normal()) / 1000);
  }

  void send(Call& call) {
    if (call.attempts == 0) call.first_sent = queue_.now();
    if (call.attempts > 0) ++tally_.retried;
    ++call.attempts;
    ++tally_.sent;
    ++in_flight_;
    queue_.add(queue_.now() + network(), [this, &call, sent = queue_.now()] { arrive(call, sent); });
  }

  void arrive(Call& call, time_point sent) {
    const auto reply = provider_->arrive(call.request, queue_.now(), ledger_);
    const auto back = network();
    auto attempt = std::make_shared<pace::Attempt>();
    attempt->result = reply.result;
    attempt->limits = reply.limits;
    attempt->server_wait = reply.server_wait;
    attempt->to_end = reply.end + back - sent;
    attempt->to_first_byte = (plan_.streams ? reply.first_byte : reply.end) + back - sent;
    if (reply.result == pace::Result::answered) {
      attempt->input_tokens = call.request.input_tokens;
      attempt->output_tokens = call.request.output_tokens;
    }
    queue_.add(reply.end + back, [this, &call, attempt] { end(call, *attempt); });
  }

  void end(Call& call, const pace::Attempt& attempt) {
    --in_flight_;
    const auto verdict = strategy_->ended(call, attempt, queue_.now());
    switch (verdict.what) {
      case Verdict::What::done:
        ++tally_.answered;
        tally_.waited += waited(call);
        free_.push_back(&call);
        break;
      case Verdict::What::lost:
        ++tally_.lost;
        free_.push_back(&call);
        break;
      case Verdict::What::again:
        line_again(call, verdict.wait);
        break;
    }
    pump();
  }

  void line_again(Call& call, nanoseconds wait) {
    if (wait <= nanoseconds(0)) return line_.push_front(&call);
    queue_.add(queue_.now() + wait, [this, &call] {
      line_.push_front(&call);
      pump();
    });
  }

  // Beside what the answer takes on an idle server. In a backlog a call's time begins when it is first sent.
  double waited(const Call& call) const {
    const auto since = plan_.workload.calls_a_second > 0 ? call.made : call.first_sent;
    const auto needed = call.request.prefill + call.request.decode + duration(2 * plan_.delay_ms / 1000);
    return std::max(0.0, seconds(queue_.now() - since - needed));
  }

  void print_second() {
    const auto second = static_cast<std::size_t>(seconds(queue_.now()));
    if (second > 0) {
      *trace_ << std::setw(6) << second << " s: accepted " << std::setw(5) << ledger_.accepted.sum(second - 1, second)
              << "  refused " << std::setw(4) << ledger_.refused.sum(second - 1, second) << "  failed " << std::setw(4)
              << ledger_.failed.sum(second - 1, second) << "  in flight " << std::setw(5) << in_flight_ << "  line "
              << std::setw(4) << line_.size() << "  " << strategy_->limited_by() << '\n';
    }
    queue_.add(queue_.now() + std::chrono::seconds(1), [this] { print_second(); });
  }

  const Case& plan_;
  Seeds seeds_;
  Random calls_random_;
  Random network_random_;
  EventQueue queue_;
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Strategy> strategy_;
  std::ostream* trace_;
  Ledger ledger_;
  Tally tally_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> free_;
  std::deque<Call*> line_;
  std::size_t in_flight_ = 0;
  time_point timer_ = time_point::min();
};

}  // namespace

Measures simulate(const Case& plan, const StrategyKind& strategy, std::uint64_t seed, std::ostream* trace) {
  return Run(plan, strategy, seed, trace).run();
}

Measures simulate_all(const Case& plan, const StrategyKind& strategy, std::uint64_t runs) {
  std::vector<Measures> measures;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) measures.push_back(simulate(plan, strategy, seed));
  return mean(measures);
}

}  // namespace headway::pacing
