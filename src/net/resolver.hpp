#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "net/dns_category.hpp"

namespace headway::net {

/// Host names to addresses, by c-ares, with no thread of its own: /etc/hosts and /etc/resolv.conf are
/// honoured as the system does, but localhost and what ends in .localhost is always this machine (RFC 6761). Lookups of one name that are in flight together are one question to the name
/// servers. Answers are kept for their TTL, though for 1 s at the least and 60 s at the most; failures are
/// not kept.
///
/// Thread safety: none. All members, the destructor too, are called on `executor`, which one thread runs.
class Resolver {
 public:
  /// In the order in which they should be tried (RFC 6724). Never empty without an error.
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code, Addresses)>;

  /// Asks nothing and opens nothing yet. `servers`: "address:port,..." instead of the system's name servers.
  /// `first_wait`: until a question is asked again; it doubles with each of the 4 tries, so 15 s in all by
  /// default.
  explicit Resolver(boost::asio::any_io_executor executor, std::string servers = std::string(),
                    std::chrono::milliseconds first_wait = std::chrono::seconds(1));
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  /// As cancel(): waiting handlers are posted with operation_aborted, as Asio's own objects do, and so run
  /// after the destructor has returned. A handler must not touch what goes with the resolver when it gets
  /// operation_aborted.
  ~Resolver();

  /// Gives the addresses of `host`, each with `port`. `host` is a name in any case, or an IP address; IPv6
  /// may stand in brackets. An address needs no question, and no file is read for it.
  ///
  /// `handler` is completed once, on its associated executor (by default the resolver's), never inside this
  /// call. Errors: dns_category(), or operation_aborted after cancel().
  void resolve(const std::string& host, std::uint16_t port, Handler handler);

  /// The kept answer of `host` has proved useless: the next resolve() asks again.
  void forget(const std::string& host);

  /// Ends all lookups in flight with operation_aborted. Kept answers stay; the resolver can go on being used.
  void cancel();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace headway::net
