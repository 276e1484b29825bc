#pragma once

#include <cstddef>

namespace headway::net {

/// What a pool has done so far.
struct PoolStats {
  std::size_t connections_opened = 0;
  std::size_t connections_open = 0;
  std::size_t exchanges_waiting = 0;  // for a connection
  std::size_t shed = 0;               // connections that could not be made: this machine had no descriptor or port left
};

}  // namespace headway::net
