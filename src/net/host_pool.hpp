#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/answer_memory.hpp"
#include "net/connection.hpp"
#include "net/connection_limit.hpp"
#include "net/connector.hpp"
#include "net/pool_stats.hpp"

namespace headway::net {

struct PoolLimits {
  std::size_t max_connections = 0;  ///< to one host; 0: no limit
  std::size_t max_connecting = 0;   ///< being made to one host at once; 0: no limit
  std::size_t max_body = 0;         ///< bytes of an answer's body; 0: no limit
  std::size_t max_held = 0;         ///< bytes of all bodies that have not come whole; 0: no limit
  std::chrono::milliseconds keep_alive{0};
  std::chrono::milliseconds connect_timeout{0};
};

/// The connections to one origin, and the exchanges that wait for one, first come first served. Waiting costs O(1)
/// whatever the number of waiters and connections.
class HostPool final : public ExchangeHolder, public ConnectionKeeper, public std::enable_shared_from_this<HostPool> {
 public:
  HostPool(boost::asio::any_io_executor executor, Route route, const PoolLimits& limits, PoolStats& stats,
           AnswerMemory& memory);
  HostPool(const HostPool&) = delete;
  HostPool& operator=(const HostPool&) = delete;
  ~HostPool() { close(); }

  void start(std::shared_ptr<Exchange> exchange);
  /// Closes every connection; exchanges under way or waiting are dropped without a word.
  void close();
  /// Exchanges wait, and there is a connection for none of them until one is free.
  bool is_full() const;

  bool abandon(Exchange& exchange) override;
  void hold_back(Exchange&, bool) override {}
  StageTimes times_so_far(const Exchange& exchange) const override { return exchange.times(); }
  void connection_changed(Connection& connection) override;
  void connection_ending(Connection& connection) override;
  void connection_gone(Connection& connection) override;

 private:
  using Pending = std::shared_ptr<Connector>;

  void serve();
  void rank(Connection& connection);
  void unrank(Connection& connection);
  void learn_width(const Connection& connection);
  std::size_t connections_wanted() const;
  bool may_connect() const;
  void connect_as_needed();
  void connect();
  void connected(std::chrono::steady_clock::duration took, std::unique_ptr<Stream> stream);
  void connect_failed(Failure failure);
  std::shared_ptr<Connection> make_connection(std::unique_ptr<Stream> stream);
  std::shared_ptr<Exchange> next_waiting(std::chrono::steady_clock::duration connecting);
  Connection* oldest_idle() const;
  void sweep_later();
  void close_stale();

  boost::asio::any_io_executor executor_;
  Route route_;
  PoolLimits limits_;
  ConnectionLimit connection_limit_;
  PoolStats& stats_;
  AnswerMemory& memory_;
  std::list<std::shared_ptr<Exchange>> waiting_;
  std::set<std::shared_ptr<Connection>> open_;
  std::map<Connection::Rank, Connection*> with_room_;
  std::set<Pending> connecting_;
  std::optional<std::size_t> width_;  // of the newest connection; nothing until one has shown its protocol
  std::uint64_t uses_ = 0;
  boost::asio::steady_timer sweep_;
  bool sweeping_ = false;
};

}  // namespace headway::net
