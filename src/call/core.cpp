#include "call/core.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/file_limit.hpp"
#include "call/call.hpp"
#include "config/check_options.hpp"
#include "config/environment.hpp"

namespace headway::call {
namespace {

namespace asio = boost::asio;

// What all answers that are coming in may hold: so many of the largest size, and where that is small, room for many.
constexpr std::size_t largest_answers_held = 8;
constexpr std::size_t least_held = std::size_t{2} << 30;

net::ProxyRules proxy_rules(const ClientOptions& options) {
  const auto environment = config::proxy_from_environment();
  if (!options.proxy) return {environment.proxy, environment.no_proxy, environment.variable};
  net::ProxyRules rules(*options.proxy, environment.no_proxy, "the option `proxy`");
  if (const auto refusal = rules.refusal(); !refusal.empty()) throw Error(ErrorKind::configuration, refusal);
  return rules;
}

void check(const ClientOptions& options) {
  const auto& limits = options.timeouts;
  for (const auto limit : {limits.connect, limits.first_byte, limits.idle, limits.total, options.keep_alive}) {
    if (limit.count() < 0) throw Error(ErrorKind::configuration, "a timeout is negative; 0 means no limit");
  }
  config::check(options);
  if (options.max_retries < 0) throw Error(ErrorKind::configuration, "max_retries is negative; 0 means never");
}

net::PoolLimits pool_limits(const ClientOptions& options) {
  check(options);
  net::PoolLimits limits;
  limits.max_connections = options.max_connections.value_or(share_of_files());
  limits.max_connecting = options.max_connecting;
  limits.max_body = options.max_response_bytes;
  if (limits.max_body > 0) limits.max_held = std::max(limits.max_body * largest_answers_held, least_held);
  limits.keep_alive = options.keep_alive;
  limits.connect_timeout = options.timeouts.connect;
  return limits;
}

LimitedBy waiting_for_connections(const net::Pool& pool) {
  if (pool.stats().exchanges_waiting == 0) return LimitedBy::input;
  return pool.is_full() ? LimitedBy::connections : LimitedBy::network;
}

/// Whether this thread runs a handler of the executor; nothing if the executor is none of these types.
template <class... Executors>
std::optional<bool> runs_here(const asio::any_io_executor& executor) {
  std::optional<bool> inside;
  const auto ask = [&](const auto* known) {
    if (known) inside = known->running_in_this_thread();
  };
  (ask(executor.target<Executors>()), ...);
  return inside;
}

ModelSpend model_spend(const pace::SpendRow& row, const pace::SpendTally& tally) {
  ModelSpend spend;
  spend.endpoint = row.endpoint;
  spend.model = row.model;
  spend.service_tier = tally.service_tier;
  spend.calls = tally.calls;
  spend.estimated = tally.estimated;
  spend.usage = tally.usage;
  if (tally.unpriced == 0) spend.cost = tally.cost.dollars();
  if (row.prices) spend.prices_from = row.prices->source;
  return spend;
}

std::vector<ModelSpend> model_spends(const std::vector<pace::SpendRow>& rows) {
  std::vector<ModelSpend> all;
  for (const auto& row : rows) {
    for (const auto& tally : row.tiers) all.push_back(model_spend(row, tally));
  }
  return all;
}

pace::SpendCaps spend_caps(const ClientOptions& options) {
  pace::SpendCaps caps;
  caps.cost = Money::of_dollars(options.max_cost);
  caps.tokens = options.max_total_tokens;
  return caps;
}

}  // namespace

Core::Core(asio::any_io_executor executor, const ClientOptions& options)
    : executor_(executor),
      options_(options),
      loop_members_(LoopMembers::of(executor_.context())),
      pool_(std::move(executor), pool_limits(options), options.http, proxy_rules(options), options.ca_file),
      spend_(spend_caps(options)),
      gates_(executor_) {
  loop_members_->add(*this);
}

Core::~Core() {
  loop_members_->remove(*this);
}

void Core::set_loop_thread(std::thread::id id) {
  loop_thread_ = id;
  stats_timer_ = std::make_unique<asio::steady_timer>(executor_);
}

void Core::start(std::shared_ptr<Call> call) {
  asio::dispatch(executor_,
                 [self = shared_from_this(), call = std::move(call)]() mutable { self->begin(std::move(call)); });
}

void Core::cancel_later(std::weak_ptr<Call> call) {
  if (loop_ended_) return;
  asio::post(executor_, [call = std::move(call)] {
    if (const auto alive = call.lock()) alive->cancel();
  });
}

void Core::begin(std::shared_ptr<Call> call) {
  loop_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  call->place = alive_.insert(alive_.end(), call);
  if (closed_) return call->cancel();
  call->begin();
  began_ = true;
  if (!delivers_) write_stats();
  write_stats_later();
}

// Calls may wait long with nothing begun or ended, and who looks from another thread is to know for what.
void Core::write_stats_later() {
  constexpr auto between_writings = std::chrono::milliseconds(250);
  if (!stats_timer_ || stats_are_due_ || alive_.empty()) return;
  stats_are_due_ = true;
  stats_timer_->expires_after(between_writings);
  stats_timer_->async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->stats_are_due_ = false;
    self->write_stats();
    self->write_stats_later();
  });
}

void Core::write_stats() {
  constexpr auto between_limits = std::chrono::milliseconds(50);
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_limits_) {
    next_limits_ = now + between_limits;
    tell_limits();
  }
  if (shared_limits_.was_lent()) stats_.write(shared_limits_.demand(now));
  stats_.write(stats_now(), spend_);
}

ClientStats Core::stats_now() {
  const auto now = std::chrono::steady_clock::now();
  if (limits_seen_.is_due(now)) limits_seen_.look(gates_.busiest(), waiting_for_connections(pool_), now);
  ClientStats stats;
  stats.connections_opened = pool_.stats().connections_opened;
  stats.connections_open = pool_.stats().connections_open;
  stats.connections_shed = pool_.stats().shed;
  stats.calls_in_flight = alive_.size() - std::min(alive_.size(), flights_.size());
  stats.calls_waiting = pool_.stats().exchanges_waiting + gates_.waiting();
  stats.calls_told_to_wait = gates_.told_to_wait();
  stats.calls_ended = ended_;
  stats.attempts = attempts_;
  stats.refusals = refusals_;
  stats.prompt_tokens = spend_.input_tokens();
  stats.completion_tokens = spend_.output_tokens();
  stats.cost = spend_.cost().dollars();
  limits_seen_.add_to(stats);
  return stats;
}

bool Core::in_loop_handler() const {
  const auto inside =
      runs_here<asio::strand<asio::any_io_executor>, asio::strand<asio::io_context::executor_type>,
                asio::strand<asio::thread_pool::executor_type>, asio::io_context::executor_type>(executor_);
  return !loop_ended_ && inside.value_or(false);
}

ClientStats Core::stats() {
  return in_loop_handler() ? stats_now() : stats_.stats();
}

LeaseDemand Core::demand() {
  if (!in_loop_handler()) return stats_.demand();
  return shared_limits_.was_lent() ? shared_limits_.demand(std::chrono::steady_clock::now()) : LeaseDemand();
}

std::vector<LearnedLimits> Core::limits() {
  return in_loop_handler() ? shared_limits_.learned(std::chrono::steady_clock::now()) : stats_.limits();
}

void Core::take_lease(const Lease& lease, std::chrono::steady_clock::time_point end) {
  run_on_loop([self = shared_from_this(), lease, end] {
    const auto now = std::chrono::steady_clock::now();
    self->shared_limits_.take(lease, end, now);
    self->stats_.write(self->shared_limits_.learned(now));
    self->write_stats();
  });
}

void Core::tell_limits() {
  stats_.write(shared_limits_.learned(std::chrono::steady_clock::now()));
}

void Core::learn_limits(std::vector<LearnedLimits> limits) {
  run_on_loop([self = shared_from_this(), limits = std::move(limits)]() mutable {
    self->shared_limits_.learn(std::move(limits), std::chrono::steady_clock::now());
  });
}

std::vector<ModelSpend> Core::spend() const {
  return in_loop_handler() ? model_spends(spend_.rows()) : model_spends(stats_.spend());
}

void Core::finished(const std::shared_ptr<Call>& call) {
  alive_.erase(call->place);
  ++ended_;
  deliver_soon(call);
}

void Core::deliver_soon(std::shared_ptr<Call> call) {
  due_.push_back(std::move(call));
  if (due_.size() == 1) deliver_later();
}

void Core::deliver_later() {
  asio::post(executor_, [self = shared_from_this()] { self->deliver_due(); });
}

// Stats are written before what ended is delivered, and once more for all calls that begin in the handlers.
void Core::deliver_due() {
  const auto due = std::exchange(due_, {});
  write_stats();
  began_ = false;
  delivers_ = true;
  for (auto call = due.begin(); call != due.end();) {
    try {
      (*call++)->deliver();
    } catch (...) {
      // What a handler throws is for the user's run(). The handlers after it are still due.
      if (due_.empty() && call != due.end()) deliver_later();
      due_.insert(due_.begin(), call, due.end());
      delivers_ = false;
      throw;
    }
  }
  delivers_ = false;
  if (began_) write_stats();
}

void Core::close() {
  run_on_loop([self = shared_from_this()] { self->close_now(); });
}

void Core::close_now() {
  closed_ = true;
  gates_.close();
  const std::vector<std::shared_ptr<Call>> calls(alive_.begin(), alive_.end());
  for (const auto& call : calls) call->cancel();
  pool_.close();
  stats_timer_.reset();
}

std::shared_ptr<void> Core::give_up() {
  auto self = weak_from_this().lock();
  const auto end = [self](void*) { self->loop_ended(); };
  return self ? std::shared_ptr<void>(self.get(), end) : nullptr;
}

// Calls and connections go with the loop, and no handler is called any more.
void Core::loop_ended() {
  loop_ended_ = true;
  closed_ = true;
  pool_.close();
  stats_timer_.reset();
  const auto due = std::exchange(due_, {});
  const auto alive = std::exchange(alive_, {});
  for (const auto& call : due) call->forsake();
  for (const auto& call : alive) call->forsake();
  shared_limits_ = {};
  gates_.clear();
}

bool Core::on_loop_thread() const {
  if (const auto inside = runs_here<asio::strand<asio::any_io_executor>, asio::strand<asio::io_context::executor_type>,
                                    asio::strand<asio::thread_pool::executor_type>>(executor_)) {
    return *inside;
  }
  if (runs_here<asio::io_context::executor_type>(executor_).value_or(false)) return true;
  return loop_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

}  // namespace headway::call
