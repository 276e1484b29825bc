#include "net/host_pool.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "net/http1_connection.hpp"
#include "net/http2_connection.hpp"

namespace headway::net {

using Clock = std::chrono::steady_clock;

namespace {

std::size_t or_unlimited(std::size_t limit) {
  return limit > 0 ? limit : std::numeric_limits<std::size_t>::max();
}

std::size_t divided_up(std::size_t a, std::size_t b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

}  // namespace

HostPool::HostPool(boost::asio::any_io_executor executor, Route route, const PoolLimits& limits, PoolStats& stats,
                   AnswerMemory& memory)
    : executor_(executor),
      route_(std::move(route)),
      limits_(limits),
      connection_limit_(limits.max_connections),
      stats_(stats),
      memory_(memory),
      sweep_(executor) {
  route_.timeout = limits_.connect_timeout;
  if (!may_multiplex(route_)) width_ = 1;
}

void HostPool::start(std::shared_ptr<Exchange> exchange) {
  exchange->waiting_since_ = Clock::now();
  exchange->holder_ = this;
  auto& waiter = *exchange;
  waiter.place_ = waiting_.insert(waiting_.end(), std::move(exchange));
  ++stats_.exchanges_waiting;
  serve();
  connect_as_needed();
}

bool HostPool::abandon(Exchange& exchange) {
  waiting_.erase(exchange.place_);
  --stats_.exchanges_waiting;
  return false;
}

// The least loaded first.
void HostPool::serve() {
  while (!waiting_.empty() && !with_room_.empty()) {
    auto& connection = *with_room_.begin()->second;
    if (connection.room() == 0) {  // it is ending, and has not said so yet
      unrank(connection);
      continue;
    }
    connection.run(next_waiting({}));
    rank(connection);
  }
}

void HostPool::rank(Connection& connection) {
  unrank(connection);
  connection.used_ = Clock::now();
  if (connection.room() == 0) return;
  connection.rank_ = {connection.load(), std::numeric_limits<std::uint64_t>::max() - ++uses_};
  connection.ranked_ = true;
  with_room_.emplace(connection.rank_, &connection);
}

void HostPool::unrank(Connection& connection) {
  if (std::exchange(connection.ranked_, false)) with_room_.erase(connection.rank_);
}

std::shared_ptr<Exchange> HostPool::next_waiting(Clock::duration connecting) {
  auto exchange = std::move(waiting_.front());
  waiting_.pop_front();
  --stats_.exchanges_waiting;
  exchange->holder_ = nullptr;
  const auto waited = Clock::now() - exchange->waiting_since_;
  const auto connect = std::min(waited, connecting);
  exchange->times_.connect += connect;
  exchange->times_.queued += waited - connect;
  return exchange;
}

void HostPool::learn_width(const Connection& connection) {
  if (const auto width = connection.width()) width_ = std::max(*width, std::size_t{1});
}

// As many as give each waiter a place. The first shows how many places a connection has, where that is not known.
std::size_t HostPool::connections_wanted() const {
  if (!width_) return waiting_.empty() || !open_.empty() ? 0 : 1;
  return divided_up(waiting_.size(), std::max<std::size_t>(*width_, 1));
}

bool HostPool::may_connect() const {
  return connecting_.size() < or_unlimited(limits_.max_connecting) &&
         open_.size() + connecting_.size() < connection_limit_.at(Clock::now());
}

bool HostPool::is_full() const {
  return !waiting_.empty() && open_.size() + connecting_.size() >= connection_limit_.at(Clock::now());
}

void HostPool::connect_as_needed() {
  while (connecting_.size() < connections_wanted() && may_connect()) connect();
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
  ++stats_.connections_opened;
  ++stats_.connections_open;
  const auto connection = make_connection(std::move(stream));
  open_.insert(connection);
  connection->open();
  learn_width(*connection);
  while (!waiting_.empty() && connection->room() > 0) connection->run(next_waiting(took));
  rank(*connection);
  connect_as_needed();
  sweep_later();
}

std::shared_ptr<Connection> HostPool::make_connection(std::unique_ptr<Stream> stream) {
  const bool prior_knowledge = !route_.origin.tls && route_.http == HttpVersion::http_2;
  if (prior_knowledge || stream->protocol() == "h2") {
    Http2Limits limits;
    limits.max_body = limits_.max_body;
    // Connections opened together would all end together.
    limits.max_requests -= static_cast<std::uint32_t>(stats_.connections_opened * 97 % 1'000);
    return std::make_shared<Http2Connection>(executor_, std::move(stream), limits, memory_, *this);
  }
  return std::make_shared<Http1Connection>(executor_, std::move(stream), limits_.max_body, memory_, *this);
}

// One failed connection fails the exchanges that it would have taken, so that each learns the reason, and none is failed
// by another's luck.
void HostPool::connect_failed(Failure failure) {
  const auto others = open_.size() + connecting_.size();
  if (failure.out_of_resources) ++stats_.shed;
  if (failure.out_of_resources && others > 0) return connection_limit_.shed(others, Clock::now());
  const auto places = width_.value_or(1);
  const auto share = divided_up(waiting_.size(), connecting_.size() + 1);
  std::vector<std::shared_ptr<Exchange>> hit;
  for (auto count = std::min(places, share); count > 0; --count) hit.push_back(next_waiting(Clock::duration::max()));
  width_ = places;
  for (const auto& exchange : hit) exchange->failed(failure);
  connect_as_needed();
}

void HostPool::connection_changed(Connection& connection) {
  learn_width(connection);
  rank(connection);
  serve();
  connect_as_needed();
  sweep_later();
}

void HostPool::connection_ending(Connection&) {
  if (may_connect()) connect();
}

void HostPool::connection_gone(Connection& connection) {
  unrank(connection);
  stats_.connections_open -= open_.erase(connection.shared_from_this());
  connect_as_needed();
}

// The connection without load that was used the longest ago; null if there is none.
Connection* HostPool::oldest_idle() const {
  const auto loaded = with_room_.lower_bound({1, 0});
  return loaded == with_room_.begin() ? nullptr : std::prev(loaded)->second;
}

void HostPool::sweep_later() {
  const auto* oldest = oldest_idle();
  if (sweeping_ || !oldest) return;
  sweeping_ = true;
  sweep_.expires_at(oldest->used_ + limits_.keep_alive);
  sweep_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->sweeping_ = false;
    self->close_stale();
  });
}

void HostPool::close_stale() {
  const auto newest_stale = Clock::now() - limits_.keep_alive;
  for (auto* idle = oldest_idle(); idle && idle->used_ <= newest_stale; idle = oldest_idle()) {
    const auto alive = idle->shared_from_this();
    unrank(*idle);
    stats_.connections_open -= open_.erase(alive);
    idle->close();
  }
  sweep_later();
}

void HostPool::close() {
  sweep_.cancel();
  with_room_.clear();
  stats_.connections_open -= open_.size();
  for (const auto& connector : std::exchange(connecting_, {})) connector->cancel();
  for (const auto& connection : std::exchange(open_, {})) connection->close();
  stats_.exchanges_waiting -= waiting_.size();
  for (const auto& exchange : std::exchange(waiting_, {})) exchange->holder_ = nullptr;
}

}  // namespace headway::net
