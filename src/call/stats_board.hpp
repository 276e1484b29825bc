#pragma once

#include <atomic>
#include <cstddef>

#include <headway/client_stats.hpp>

#include "net/pool_stats.hpp"

namespace headway::call {

/// Where the loop leaves its counts for other threads to read. Only one thread writes, so nothing is locked.
class StatsBoard {
 public:
  void write(const net::PoolStats& pool, std::size_t calls_in_flight) {
    connections_opened_.store(pool.connections_opened, std::memory_order_relaxed);
    connections_open_.store(pool.connections_open, std::memory_order_relaxed);
    calls_in_flight_.store(calls_in_flight, std::memory_order_relaxed);
  }

  ClientStats read() const {
    ClientStats stats;
    stats.connections_opened = connections_opened_.load(std::memory_order_relaxed);
    stats.connections_open = connections_open_.load(std::memory_order_relaxed);
    stats.calls_in_flight = calls_in_flight_.load(std::memory_order_relaxed);
    return stats;
  }

 private:
  std::atomic<std::size_t> connections_opened_ = 0;
  std::atomic<std::size_t> connections_open_ = 0;
  std::atomic<std::size_t> calls_in_flight_ = 0;
};

}  // namespace headway::call
