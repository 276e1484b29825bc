#include <algorithm>
#include <memory>

#include "pacing/cluster/case.hpp"
#include "pacing/cluster/worker.hpp"
#include "pacing/event_queue.hpp"
#include "pacing/told_limits.hpp"

namespace headway::pacing {
namespace {

constexpr double settling_seconds = 30;                 // seconds that do not count
constexpr double message_seconds = 0.2;                 // from a worker to the actor, and back as long again
constexpr std::size_t most_alive_of_a_worker = 10'000;  // calls of one worker that are sent or wait
constexpr double between_changes = 20, between_deaths = 10, until_replaced = 5;

class Cluster {
 public:
  Cluster(const ClusterCase& plan, std::uint64_t seed)
      : plan_(plan), random_(seed * 1'000'003), provider_(make_provider(plan.plan, 0)) {
    if (plan.told) options_ = told_limits(plan.plan);
  }

  ClusterMeasures run() {
    for (std::size_t i = 0; i < plan_.workers; ++i) begin_worker();
    change_load();
    if (plan_.load == Load::dying) queue_.add(moment(between_deaths), [this] { kill(); });
    queue_.run_until(moment(plan_.plan.length()));
    return measures();
  }

 private:
  using Shared = std::shared_ptr<Worker>;

  // Processes of a cluster begin within a second.
  void begin_worker() {
    workers_.push_back(std::make_shared<Worker>(std::to_string(++named_), options_, random_.bits()));
    const auto& worker = workers_.back();
    worker->endless = plan_.load != Load::changing;
    queue_.add(queue_.now() + duration(random_.uniform()), [this, worker] {
      renew(worker);
      pump(worker);
      come(worker);
    });
  }

  void kill() {
    workers_.front()->alive = false;
    workers_.erase(workers_.begin());
    queue_.add(queue_.now() + duration(until_replaced), [this] { begin_worker(); });
    queue_.add(queue_.now() + duration(between_deaths), [this] { kill(); });
  }

  void change_load() {
    if (plan_.load != Load::changing) return;
    const auto& limit = plan_.plan.limits.front();
    const double even = limit.limit / limit.window / static_cast<double>(plan_.workers);
    const auto turn = random_.bits() % 3;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const auto kind = (i + turn) % 3;
      workers_[i]->endless = kind == 0;
      workers_[i]->calls_a_second = kind == 1 ? even / 2 : 0;
      workers_[i]->waiting = 0;
      pump(workers_[i]);
    }
    queue_.add(queue_.now() + duration(between_changes), [this] { change_load(); });
  }

  // Calls come at random; a worker that has none now looks again.
  void come(const Shared& worker) {
    if (!worker->alive || plan_.load != Load::changing) return;
    const bool comes = worker->calls_a_second > 0;
    const double gap = comes ? random_.exponential(1 / worker->calls_a_second) : 0.1;
    if (comes) ++worker->waiting;
    pump(worker);
    queue_.add(queue_.now() + duration(gap), [this, worker] { come(worker); });
  }

  std::size_t waiting(const Worker& worker, std::size_t in_flight) const {
    return worker.endless
               ? std::max(worker.waiting, most_alive_of_a_worker - std::min(most_alive_of_a_worker, in_flight))
               : worker.waiting;
  }

  void pump(const Shared& worker) {
    auto& pacer = worker->pacer();
    while (worker->alive && waiting(*worker, pacer.in_flight()) > 0) {
      const auto request = next_request(plan_.plan.workload, random_, queue_.now());
      const auto admission = pacer.admit({request.prompt_bytes, request.max_tokens}, queue_.now());
      if (!admission.admitted) return ask_again(worker, admission.ask_again);
      if (worker->waiting > 0) --worker->waiting;
      send(worker, request, admission.reservation);
    }
  }

  void ask_again(const Shared& worker, time_point when) {
    if (when == time_point::max() || (worker->timer > queue_.now() && worker->timer <= when)) return;
    worker->timer = std::max(when, queue_.now() + nanoseconds(1));
    queue_.add(worker->timer, [this, worker, due = worker->timer] {
      if (due == worker->timer) pump(worker);
    });
  }

  nanoseconds network() {
    return duration(std::max(0.1, plan_.plan.delay_ms + plan_.plan.jitter_ms * random_.normal()) / 1000);
  }
  nanoseconds message() { return duration(message_seconds * (1 + 0.1 * random_.uniform())); }

  void send(const Shared& worker, const Request& request, const pace::Reservation& reservation) {
    queue_.add(queue_.now() + network(), [this, worker, request, reservation] {
      const auto reply = provider_->arrive(request, queue_.now(), ledger_);
      auto attempt = std::make_shared<pace::Attempt>();
      attempt->result = reply.result;
      attempt->limits = reply.limits;
      attempt->server_wait = reply.server_wait;
      if (reply.result == pace::Result::answered) {
        attempt->input_tokens = request.input_tokens;
        attempt->output_tokens = request.output_tokens;
      }
      queue_.add(reply.end + network(), [this, worker, reservation, attempt] { end(worker, reservation, *attempt); });
    });
  }

  void end(const Shared& worker, const pace::Reservation& reservation, const pace::Attempt& attempt) {
    if (!worker->alive) return;
    worker->pacer().settle(reservation, attempt, queue_.now());
    if (attempt.result != pace::Result::answered) ++worker->waiting;
    pump(worker);
  }

  void renew(const Shared& worker) {
    if (!worker->alive) return;
    const auto now = queue_.now();
    auto& pacer = worker->pacer();
    const auto demand = pacer.demand(waiting(*worker, pacer.in_flight()), now);
    LearnedLimits learned;
    pacer.tell(learned, now);
    queue_.add(now + message(), [this, worker, demand, learned, held = worker->held(now), sent_at = now] {
      if (seconds(queue_.now()) >= settling_seconds) ++messages_;
      if (learned != LearnedLimits()) learned_ = pace::newer(learned_, learned);
      const auto granted = book_.renew(worker->name(), demand, held, queue_.now());
      queue_.add(queue_.now() + message(), [this, worker, granted, limits = learned_, sent_at] {
        worker->pacer().learn(limits, queue_.now());
        worker->take(granted, sent_at, queue_.now());
        pump(worker);
        queue_.add(sent_at + granted.renew_in, [this, worker] { renew(worker); });
      });
    });
  }

  ClusterMeasures measures() const {
    const auto from = static_cast<std::size_t>(settling_seconds), to = static_cast<std::size_t>(plan_.plan.length());
    const auto& limit = plan_.plan.limits.front();
    const double length = plan_.plan.length() - settling_seconds;
    const double refused = ledger_.refused.sum(from, to);
    double over = 0;
    for (std::size_t second = from; second < to; ++second) over += ledger_.refused.sum(second, second + 1) > 0 ? 1 : 0;
    ClusterMeasures measures;
    measures.share = 100 * ledger_.used.front().sum(from, to) / (limit.limit / limit.window * length);
    measures.refusals = 1000 * refused / std::max(1.0, ledger_.accepted.sum(from, to));
    measures.seconds_over = 100 * over / length;
    measures.messages = messages_ / length;
    return measures;
  }

  const ClusterCase& plan_;
  Random random_;
  EventQueue queue_;
  std::unique_ptr<Provider> provider_;
  pace::PaceOptions options_;
  Ledger ledger_;
  pace::LeaseBook book_;
  LearnedLimits learned_;
  std::vector<Shared> workers_;
  std::size_t named_ = 0;
  double messages_ = 0;
};

}  // namespace

ClusterMeasures simulate(const ClusterCase& plan, std::uint64_t seed) {
  return Cluster(plan, seed).run();
}

}  // namespace headway::pacing
