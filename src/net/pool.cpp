#include "net/pool.hpp"

#include <algorithm>
#include <utility>

namespace headway::net {

Pool::Pool(boost::asio::any_io_executor executor, const PoolLimits& limits, HttpVersion http, ProxyRules proxy,
           std::string ca_file)
    : executor_(executor),
      limits_(limits),
      http_(http),
      proxy_(std::move(proxy)),
      ca_file_(std::move(ca_file)),
      resolver_(std::move(executor)),
      memory_(limits.max_held) {
  if (!ca_file_.empty()) tls();  // a file that cannot be read is an error now, not at the first call
}

void Pool::start(std::shared_ptr<Exchange> exchange) {
  auto& pool = host(exchange->request().head->origin);
  pool.start(std::move(exchange));
}

void Pool::close() {
  resolver_.cancel();
  for (const auto& [origin, pool] : std::exchange(hosts_, {})) pool->close();
}

bool Pool::is_full() const {
  return std::ranges::any_of(hosts_, [](const auto& host) { return host.second->is_full(); });
}

HostPool& Pool::host(const Origin& origin) {
  const auto found = hosts_.find(origin);
  if (found != hosts_.end()) return *found->second;
  Route route;
  route.origin = origin;
  route.proxy = proxy_.proxy_for(origin);
  route.resolver = &resolver_;
  route.http = http_;
  if (origin.tls) route.tls = &tls();
  auto pool = std::make_shared<HostPool>(executor_, std::move(route), limits_, stats_, memory_);
  return *hosts_.emplace(origin, std::move(pool)).first->second;
}

TlsContext& Pool::tls() {
  if (!tls_) tls_ = std::make_unique<TlsContext>(ca_file_);
  return *tls_;
}

}  // namespace headway::net
