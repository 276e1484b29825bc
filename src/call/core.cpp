#include "call/core.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/file_limit.hpp"
#include "call/call.hpp"
#include "call/pacing.hpp"
#include "config/check_options.hpp"
#include "config/environment.hpp"
#include "config/price_table.hpp"

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

// Azure would answer with the model of its path, whatever the body asks for.
void check_deployment(const Endpoint& endpoint, const std::string& model) {
  const auto& deployment = endpoint.deployment();
  if (deployment.empty() || model.empty() || model == deployment) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("the model '{}' is asked for at an address of Azure's that is the deployment '{}': name that as the "
                  "model, or give another address",
                  model, deployment));
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
      spend_(spend_caps(options)) {
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

Gate& Core::gate(const CallRequest& request) {
  if (request.routes == last_routes_ && request.model == last_model_) return *last_gate_;
  GateKey keys;
  for (const auto& route : *request.routes) {
    check_deployment(*route.endpoint, route.name_of(request.model));
    keys.emplace_back(PaceKey(route.endpoint->identity(), route.name_of(request.model)), route.weight, route.fallback);
  }
  auto found = gates_.find(keys);
  if (found == gates_.end()) found = gates_.emplace(keys, make_gate(*request.routes, keys)).first;
  last_routes_ = request.routes;
  last_model_ = request.model;
  last_gate_ = found->second.get();
  return *last_gate_;
}

std::shared_ptr<Gate> Core::make_gate(const Routes& routes, const GateKey& keys) {
  auto gate = std::make_shared<Gate>(executor_);
  std::vector<std::shared_ptr<Destination>> all;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto& key = std::get<PaceKey>(keys[i]);
    auto& destination = destinations_[key];
    if (!destination) {
      const auto& endpoint = *routes[i].endpoint;
      const auto& model = key.second;
      const auto account = spend_.open(endpoint.origin().authority(), model,
                                       config::prices_of(endpoint.prices(), endpoint.origin().host, model));
      const auto options = pace_options(endpoint.limits(), endpoint.origin().is_loopback());
      destination = std::make_shared<Destination>(options, spend_, account);
      shared_limits_.add(destination, std::chrono::steady_clock::now());
    }
    all.push_back(destination);
  }
  for (std::size_t i = 0; i < routes.size(); ++i) gate->add(std::move(all[i]), routes[i]);
  return gate;
}

void Core::begin(std::shared_ptr<Call> call) {
  loop_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  call->place = alive_.insert(alive_.end(), call);
  if (closed_) return call->cancel();
  call->begin();
  write_stats();
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
  const auto now = std::chrono::steady_clock::now();
  if (limits_seen_.is_due(now)) {
    limits_seen_.look(busiest_gate(), waiting_for_connections(pool_), now);
    stats_.write(shared_limits_.learned(now));
  }
  if (shared_limits_.was_lent()) stats_.write(shared_limits_.demand(now));
  ClientStats stats;
  stats.connections_opened = pool_.stats().connections_opened;
  stats.connections_open = pool_.stats().connections_open;
  stats.connections_shed = pool_.stats().shed;
  stats.calls_in_flight = alive_.size() - std::min(alive_.size(), flights_.size());
  stats.calls_waiting = pool_.stats().exchanges_waiting;
  for (const auto& [key, gate] : gates_) {
    stats.calls_waiting += gate->waiting();
    stats.calls_told_to_wait += gate->told_to_wait();
  }
  stats.calls_ended = ended_;
  stats.attempts = attempts_;
  stats.refusals = refusals_;
  stats.prompt_tokens = spend_.input_tokens();
  stats.completion_tokens = spend_.output_tokens();
  stats.cost = spend_.cost().dollars();
  limits_seen_.add_to(stats);
  stats_.write(stats, spend_);
}

void Core::write_stats_if_on_loop() {
  const auto inside =
      runs_here<asio::strand<asio::any_io_executor>, asio::strand<asio::io_context::executor_type>,
                asio::strand<asio::thread_pool::executor_type>, asio::io_context::executor_type>(executor_);
  if (!loop_ended_ && inside.value_or(false)) write_stats();
}

ClientStats Core::stats() {
  write_stats_if_on_loop();
  return stats_.stats();
}

LeaseDemand Core::demand() {
  write_stats_if_on_loop();
  return stats_.demand();
}

std::vector<LearnedLimits> Core::limits() {
  write_stats_if_on_loop();
  return stats_.limits();
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
  std::vector<ModelSpend> all;
  for (const auto& row : stats_.spend()) {
    for (const auto& tally : row.tiers) all.push_back(model_spend(row, tally));
  }
  return all;
}

Gate* Core::busiest_gate() const {
  Gate* busiest = nullptr;
  for (const auto& [key, gate] : gates_) {
    if (!busiest || gate->waiting() > busiest->waiting()) busiest = gate.get();
  }
  return busiest;
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

void Core::deliver_due() {
  const auto due = std::exchange(due_, {});
  write_stats();
  for (auto call = due.begin(); call != due.end();) {
    try {
      (*call++)->deliver();
    } catch (...) {
      // What a handler throws is for the user's run(). The handlers after it are still due.
      if (due_.empty() && call != due.end()) deliver_later();
      due_.insert(due_.begin(), call, due.end());
      throw;
    }
  }
}

void Core::close() {
  run_on_loop([self = shared_from_this()] { self->close_now(); });
}

void Core::close_now() {
  closed_ = true;
  for (const auto& [key, gate] : gates_) gate->close();
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
  const auto destinations = std::exchange(destinations_, {});
  const auto gates = std::exchange(gates_, {});
  shared_limits_ = {};
  last_routes_ = nullptr;
  for (const auto& call : due) call->forsake();
  for (const auto& call : alive) call->forsake();
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
