#include "net/resolver.hpp"

#include <unordered_map>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "base/ascii.hpp"
#include "net/ares_channel.hpp"
#include "net/kept_names.hpp"

namespace headway::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

std::string without_brackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

// RFC 6761, 6.3: this machine, whatever name servers say and where there is no file of hosts.
bool is_localhost(const std::string& name) {
  return name == "localhost" || name.ends_with(".localhost");
}

// IPv4 first: most local servers listen there.
Resolver::Addresses this_machine() {
  return {{asio::ip::address_v4::loopback(), 0}, {asio::ip::address_v6::loopback(), 0}};
}

Resolver::Addresses with_port(Resolver::Addresses addresses, std::uint16_t port) {
  for (auto& endpoint : addresses) endpoint.port(port);
  return addresses;
}

error_code error_of(int status) {
  if (status == ARES_SUCCESS) return error_code();
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) return asio::error::operation_aborted;
  return error_code(status, dns_category());
}

// The name servers of resolv.conf may be those of a network that was left.
bool doubts_the_servers(int status) {
  return status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
}

}  // namespace

class Resolver::State {
 public:
  State(asio::any_io_executor executor, std::string servers, std::chrono::milliseconds first_wait)
      : executor_(std::move(executor)), servers_(std::move(servers)), first_wait_(first_wait) {}

  void resolve(const std::string& host, std::uint16_t port, Handler handler);
  void forget(const std::string& host) { kept_.forget(lowered(without_brackets(host))); }
  void cancel();

 private:
  struct Waiter {
    std::uint16_t port;
    Handler handler;
  };
  void complete(Waiter waiter, error_code error, const Addresses& addresses);
  void ask(const std::string& name);
  void ask_why(const std::string& name);
  void finish(const std::string& name, const NameAnswer& answer);
  AresChannel& open(std::shared_ptr<AresChannel>& channel, bool frank);
  void close();

  asio::any_io_executor executor_;
  std::string servers_;
  std::chrono::milliseconds first_wait_;
  std::unordered_map<std::string, std::vector<Waiter>> waiting_;
  KeptNames kept_;
  bool stale_ = false;
  std::shared_ptr<AresChannel> asking_;
  std::shared_ptr<AresChannel> asking_why_;
};

void Resolver::State::resolve(const std::string& host, std::uint16_t port, Handler handler) {
  Waiter waiter{port, std::move(handler)};
  const std::string bare = without_brackets(host);
  error_code not_an_address;
  const auto address = asio::ip::make_address(bare, not_an_address);
  if (!not_an_address) return complete(std::move(waiter), {}, {{address, port}});

  const std::string name = lowered(bare);
  if (is_localhost(name)) return complete(std::move(waiter), {}, this_machine());
  if (const auto* addresses = kept_.find(name, steady_clock::now())) return complete(std::move(waiter), {}, *addresses);
  auto& waiters = waiting_[name];
  waiters.push_back(std::move(waiter));
  if (waiters.size() == 1) ask(name);
}

void Resolver::State::complete(Waiter waiter, error_code error, const Addresses& addresses) {
  asio::post(executor_, asio::append(std::move(waiter.handler), error, with_port(addresses, waiter.port)));
}

AresChannel& Resolver::State::open(std::shared_ptr<AresChannel>& channel, bool frank) {
  if (!channel) channel = std::make_shared<AresChannel>(executor_, AresSettings{servers_, first_wait_, frank});
  return *channel;
}

void Resolver::State::close() {
  asking_.reset();
  asking_why_.reset();
  stale_ = false;
}

void Resolver::State::ask(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return finish(name, NameAnswer{ARES_EBADNAME, {}, {}});
  if (stale_ && waiting_.size() == 1) close();
  open(asking_, false).lookup(name, [this, name](const NameAnswer& answer) {
    if (answer.status == ARES_ECONNREFUSED) return ask_why(name);
    finish(name, answer);
  });
}

// Every server refused or failed, or none is there: c-ares does not tell which, unless it is asked frankly.
void Resolver::State::ask_why(const std::string& name) {
  if (waiting_.count(name) == 0) return;
  open(asking_why_, true).lookup(name, [this, name](const NameAnswer& answer) { finish(name, answer); });
}

void Resolver::State::finish(const std::string& name, const NameAnswer& answer) {
  stale_ = stale_ || doubts_the_servers(answer.status);
  if (answer.status == ARES_SUCCESS) kept_.keep(name, answer.addresses, answer.ttl, steady_clock::now());
  auto waiters = waiting_.extract(name);
  if (waiters.empty()) return;
  for (Waiter& waiter : waiters.mapped()) complete(std::move(waiter), error_of(answer.status), answer.addresses);
}

// The channels go as well: ares_cancel may go on with the next search domain.
void Resolver::State::cancel() {
  for (auto& [name, waiters] : std::exchange(waiting_, {})) {
    for (Waiter& waiter : waiters) complete(std::move(waiter), asio::error::operation_aborted, {});
  }
  close();
}

Resolver::Resolver(asio::any_io_executor executor, std::string servers, std::chrono::milliseconds first_wait)
    : state_(std::make_unique<State>(std::move(executor), std::move(servers), first_wait)) {}

Resolver::~Resolver() {
  state_->cancel();
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Handler handler) {
  state_->resolve(host, port, std::move(handler));
}

void Resolver::forget(const std::string& host) {
  state_->forget(host);
}

void Resolver::cancel() {
  state_->cancel();
}

}  // namespace headway::net
