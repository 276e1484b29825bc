#include "net/host_pool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace headway::net {

using Clock = std::chrono::steady_clock;

namespace {

std::size_t or_unlimited(std::size_t limit) {
  return limit > 0 ? limit : std::numeric_limits<std::size_t>::max();
}

}  // namespace

HostPool::HostPool(boost::asio::any_io_executor executor, Route route, const PoolLimits& limits)
    : executor_(executor), route_(std::move(route)), limits_(limits), sweep_(executor) {
  route_.timeout = limits_.connect_timeout;
}

void HostPool::start(std::shared_ptr<Exchange> exchange) {
  exchange->waiting_since_ = Clock::now();
  exchange->holder_ = this;
  auto& waiter = *exchange;
  waiter.place_ = waiting_.insert(waiting_.end(), std::move(exchange));
  if (!idle_.empty()) {
    const auto connection = std::move(idle_.back());
    idle_.pop_back();
    connection->run(next_waiting({}));
  } else {
    connect_as_needed();
  }
}

std::shared_ptr<Exchange> HostPool::next_waiting(Clock::duration connecting) {
  auto exchange = std::move(waiting_.front());
  waiting_.pop_front();
  exchange->holder_ = nullptr;
  const auto waited = Clock::now() - exchange->waiting_since_;
  const auto connect = std::min(waited, connecting);
  exchange->times_.connect += connect;
  exchange->times_.queued += waited - connect;
  return exchange;
}

void HostPool::abandon(Exchange& exchange) {
  waiting_.erase(exchange.place_);
}

std::size_t HostPool::room() const {
  const auto used = open_.size() + connecting_.size();
  const auto limit = or_unlimited(limits_.max_connections);
  return used < limit ? limit - used : 0;
}

void HostPool::connect_as_needed() {
  while (connecting_.size() < std::min(waiting_.size(), or_unlimited(limits_.max_connecting)) && room() > 0) connect();
}

void HostPool::connect() {
  const auto connector = make_connector(executor_, route_);
  connecting_.insert(connector);
  connector->start(
      [this, connector, began = Clock::now()](std::optional<Failure> failure, std::unique_ptr<Stream> stream) {
        connecting_.erase(connector);
        if (failure) return connect_failed(std::move(*failure));
        connected(Clock::now() - began, std::move(stream));
      });
}

void HostPool::connected(Clock::duration took, std::unique_ptr<Stream> stream) {
  const auto connection = std::make_shared<Http1Connection>(executor_, std::move(stream), limits_.max_body, *this);
  open_.insert(connection);
  connection->open();
  if (waiting_.empty()) {
    keep_idle(connection);
  } else {
    connection->run(next_waiting(took));
  }
  connect_as_needed();
}

// One failed connection is one failed exchange, so that each learns the reason, and none is failed by another's luck.
void HostPool::connect_failed(Failure failure) {
  if (failure.out_of_resources && !open_.empty()) {
    limits_.max_connections = open_.size();  // go on with those there are
    return;
  }
  if (!waiting_.empty()) {
    const auto exchange = next_waiting(Clock::duration::max());
    exchange->failed(std::move(failure));
  }
  connect_as_needed();
}

void HostPool::connection_free(const Connection& connection) {
  if (waiting_.empty()) return keep_idle(connection);
  connection->run(next_waiting({}));
}

void HostPool::connection_gone(const Connection& connection) {
  open_.erase(connection);
  std::erase(idle_, connection);
  connect_as_needed();
}

void HostPool::keep_idle(const Connection& connection) {
  connection->rest(Clock::now());
  idle_.push_back(connection);
  sweep_later();
}

void HostPool::sweep_later() {
  if (sweeping_ || idle_.empty()) return;
  sweeping_ = true;
  sweep_.expires_at(idle_.front()->idle_since() + limits_.keep_alive);
  sweep_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->sweeping_ = false;
    self->close_stale();
  });
}

void HostPool::close_stale() {
  const auto oldest_kept = Clock::now() - limits_.keep_alive;
  const auto kept = std::ranges::find_if(idle_, [&](const auto& c) { return c->idle_since() > oldest_kept; });
  for (auto it = idle_.begin(); it != kept; ++it) {
    open_.erase(*it);
    (*it)->close();
  }
  idle_.erase(idle_.begin(), kept);
  sweep_later();
}

void HostPool::close() {
  sweep_.cancel();
  for (const auto& connector : std::exchange(connecting_, {})) connector->cancel();
  for (const auto& connection : std::exchange(open_, {})) connection->close();
  idle_.clear();
  for (const auto& exchange : std::exchange(waiting_, {})) exchange->holder_ = nullptr;
}

}  // namespace headway::net
