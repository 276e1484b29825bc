#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "net/answer_memory.hpp"
#include "net/exchange.hpp"
#include "net/host_pool.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace headway::net {

/// All connections of a client, by origin. Lives on one loop: `executor` runs one handler at a time.
class Pool {
 public:
  Pool(boost::asio::any_io_executor executor, const PoolLimits& limits, HttpVersion http, ProxyRules proxy,
       std::string ca_file);

  /// Sends the exchange as soon as a connection is free. It never ends inside this call.
  void start(std::shared_ptr<Exchange> exchange);
  /// Closes every connection; exchanges are dropped without a word.
  void close();
  const PoolStats& stats() const { return stats_; }
  /// Exchanges wait for one of all the connections that a host may have.
  bool is_full() const;

 private:
  HostPool& host(const Origin& origin);
  TlsContext& tls();

  boost::asio::any_io_executor executor_;
  PoolLimits limits_;
  HttpVersion http_;
  ProxyRules proxy_;
  std::string ca_file_;
  Resolver resolver_;
  PoolStats stats_;
  AnswerMemory memory_;
  std::unique_ptr<TlsContext> tls_;  // made at the first https host: reading the system's certificates takes a while
  std::map<Origin, std::shared_ptr<HostPool>> hosts_;
};

}  // namespace headway::net
