#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <set>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/connector.hpp"
#include "net/exchange.hpp"
#include "net/http1_connection.hpp"

namespace headway::net {

struct PoolLimits {
  std::size_t max_connections = 0;  ///< to one host; 0: no limit
  std::size_t max_connecting = 0;   ///< being made to one host at once; 0: no limit
  std::size_t max_body = 0;         ///< bytes of an answer's body; 0: no limit
  std::chrono::milliseconds keep_alive{0};
  std::chrono::milliseconds connect_timeout{0};
};

/// The connections to one origin, and the exchanges that wait for one, first come first served. Waiting costs O(1)
/// whatever the number of waiters and connections.
class HostPool final : public ExchangeHolder, public ConnectionKeeper, public std::enable_shared_from_this<HostPool> {
 public:
  HostPool(boost::asio::any_io_executor executor, Route route, const PoolLimits& limits);
  HostPool(const HostPool&) = delete;
  HostPool& operator=(const HostPool&) = delete;
  ~HostPool() { close(); }

  void start(std::shared_ptr<Exchange> exchange);
  /// Closes every connection; exchanges under way or waiting are dropped without a word.
  void close();

  void abandon(Exchange& exchange) override;
  void connection_free(const std::shared_ptr<Http1Connection>& connection) override;
  void connection_gone(const std::shared_ptr<Http1Connection>& connection) override;

 private:
  using Connection = std::shared_ptr<Http1Connection>;
  using Pending = std::shared_ptr<Connector>;

  void connect_as_needed();
  void connect();
  void connected(std::chrono::steady_clock::duration took, std::unique_ptr<Stream> stream);
  void connect_failed(Failure failure);
  std::shared_ptr<Exchange> next_waiting(std::chrono::steady_clock::duration connecting);
  void keep_idle(const Connection& connection);
  void sweep_later();
  void close_stale();
  std::size_t room() const;

  boost::asio::any_io_executor executor_;
  Route route_;
  PoolLimits limits_;
  std::list<std::shared_ptr<Exchange>> waiting_;
  std::vector<Connection> idle_;  // the one used last is at the back, and is used next
  std::set<Connection> open_;     // idle ones too
  std::set<Pending> connecting_;
  boost::asio::steady_timer sweep_;
  bool sweeping_ = false;
};

}  // namespace headway::net
