#pragma once

#include <string_view>

namespace headway {

/// What keeps a client's calls from being faster.
enum class LimitedBy {
  input,        ///< no call waits: more could be asked for
  requests,     ///< the provider's requests a minute (or a day)
  tokens,       ///< the provider's tokens a minute (or a day)
  concurrency,  ///< calls in flight: LimitOptions::max_concurrency, or what the server was found to bear
  server,       ///< it asked to wait, or fails and is left alone for a while
  spend,        ///< max_cost or max_total_tokens: calls in flight hold what is left of it
  lease,        ///< Client::take_lease: it has ended and was not renewed, or lends nothing
  connections,  ///< calls wait for one of ClientOptions::max_connections
  network,      ///< calls wait for a connection that is being made
  cpu,          ///< the client's loop is busy all the time
};

/// Its name as it is written above. Never empty.
std::string_view to_string(LimitedBy limit) noexcept;

}  // namespace headway
