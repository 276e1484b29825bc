#pragma once

#include <cstddef>

namespace headway {

/// What a Client has done up to now, and has under way.
struct ClientStats {
  std::size_t connections_opened = 0;  ///< since the client was made; an attempt that failed is none
  std::size_t connections_open = 0;    ///< idle ones too
  std::size_t calls_in_flight = 0;     ///< begun and not ended; those that wait for a connection or a retry too
};

}  // namespace headway
