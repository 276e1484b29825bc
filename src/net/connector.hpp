#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <headway/options.hpp>

#include "net/message.hpp"
#include "net/stream.hpp"

namespace headway::net {

struct Proxy;
class Resolver;
class TlsContext;

/// What a connection to one origin is made with. What it points to must outlive the connectors.
struct Route {
  Origin origin;
  const Proxy* proxy = nullptr;  ///< null: directly
  Resolver* resolver = nullptr;
  TlsContext* tls = nullptr;  ///< not null if the origin is https
  HttpVersion http = HttpVersion::automatic;
  std::chrono::milliseconds timeout{0};  ///< for all stages together; 0: no limit
};

/// Whether connections on this route may carry more than one exchange.
inline bool may_multiplex(const Route& route) {
  return route.http == HttpVersion::http_2 || (route.http == HttpVersion::automatic && route.origin.tls);
}

/// One attempt to connect: name, TCP to the first address that answers, proxy, TLS.
class Connector {
 public:
  using Handler = boost::asio::any_completion_handler<void(std::optional<Failure>, std::unique_ptr<Stream>)>;

  virtual ~Connector() = default;
  /// Calls the handler once, never inside start() itself.
  virtual void start(Handler handler) = 0;
  /// Closes all; the handler is dropped.
  virtual void cancel() = 0;
};

std::shared_ptr<Connector> make_connector(boost::asio::any_io_executor executor, const Route& route);

}  // namespace headway::net
