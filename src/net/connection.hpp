#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "net/exchange.hpp"

namespace headway::net {

class Connection;

/// Who keeps connections. Not called from inside a connection's open(), run() and close().
class ConnectionKeeper {
 public:
  /// It takes more exchanges than before, or fewer.
  virtual void connection_changed(Connection& connection) = 0;
  /// It will soon take no more: time to open another.
  virtual void connection_ending(Connection& connection) = 0;
  virtual void connection_gone(Connection& connection) = 0;

 protected:
  ~ConnectionKeeper() = default;
};

/// One connection to one origin, of whatever protocol.
class Connection : public ExchangeHolder, public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;

  /// Begins to listen; call once.
  virtual void open() = 0;
  /// Sends the exchange's request. There must be room().
  virtual void run(std::shared_ptr<Exchange> exchange) = 0;
  /// Closes; exchanges under way are dropped without a word. The keeper is not told any more.
  virtual void close() = 0;

  /// Exchanges under way.
  virtual std::size_t load() const = 0;
  /// How many more it takes now. 0: busy, or about to end.
  virtual std::size_t room() const = 0;
  /// Exchanges at once at the most; nothing until the server has said.
  virtual std::optional<std::size_t> width() const = 0;

 private:
  friend class HostPool;

  /// Its rank among the connections that have room: the least loaded first, of those the one used last.
  struct Rank {
    std::size_t load = 0;
    std::uint64_t unused = 0;
    auto operator<=>(const Rank&) const = default;
  };
  Rank rank_;
  bool ranked_ = false;
  std::chrono::steady_clock::time_point used_;
};

}  // namespace headway::net
