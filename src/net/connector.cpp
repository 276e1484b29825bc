#include "net/connector.hpp"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "net/dialer.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace headway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class StagedConnector final : public Connector, public std::enable_shared_from_this<StagedConnector> {
 public:
  StagedConnector(asio::any_io_executor executor, const Route& route)
      : route_(route),
        first_hop_(route.proxy ? route.proxy->url.origin : route.origin),
        socket_(executor),
        timer_(executor) {}

  void start(Handler handler) override {
    handler_.swap(handler);  // 1.81 cannot move-assign it
    if (route_.proxy && !route_.proxy->refusal.empty()) return refuse();
    if (route_.timeout.count() > 0) arm_timer();
    stage_ = "resolving the name of";
    route_.resolver->resolve(first_hop_.host, first_hop_.port,
                             [self = shared_from_this()](error_code error, Resolver::Addresses addresses) {
                               self->resolved(error, std::move(addresses));
                             });
  }

  void cancel() override {
    handler_ = nullptr;
    close();
  }

 private:
  void refuse() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->handler_) self->fail({ErrorKind::configuration, self->route_.proxy->refusal});
    });
  }

  void arm_timer() {
    timer_.expires_after(route_.timeout);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || !self->handler_) return;
      if (self->dialing_) self->forget_addresses();
      self->fail(
          {ErrorKind::connect_timeout, fmt::format("{} {} took longer than {} ms", self->stage_,
                                                   self->first_hop_.host_and_port(), self->route_.timeout.count())});
    });
  }

  void resolved(error_code error, Resolver::Addresses addresses) {
    if (!handler_) return;
    if (error) return fail({ErrorKind::dns, fmt::format("{}: {}", first_hop_.host, error.message())});
    stage_ = "connecting to";
    dialing_ = true;
    dialer_ = std::make_shared<Dialer>(socket_.get_executor(), std::move(addresses));
    dialer_->start([self = shared_from_this()](error_code dial_error, tcp::socket socket) {
      self->dialing_ = false;
      if (dial_error) return self->connect_failed(dial_error);
      self->socket_ = std::move(socket);
      self->connected();
    });
  }

  // The name may have moved.
  void forget_addresses() { route_.resolver->forget(first_hop_.host); }

  void connect_failed(error_code error) {
    Failure failure(ErrorKind::connect, fmt::format("{}: {}", first_hop_.host_and_port(), error.message()));
    failure.unprocessed = failure.out_of_resources = is_local_shortage(error);
    if (failure.out_of_resources) {
      failure.detail += "; raise the limit of open files (ulimit -n) or lower max_connections";
    } else {
      forget_addresses();
    }
    fail(std::move(failure));
  }

  void connected() {
    if (route_.proxy) return open_tunnel();
    secure();
  }

  void open_tunnel() {
    stage_ = "opening a tunnel through the proxy";
    tunnel_request_ = connect_request(route_.proxy->url, route_.origin);
    asio::async_write(socket_, asio::buffer(tunnel_request_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!self->handler_) return;
                        if (error) return self->tunnel_failed(error.message());
                        self->read_tunnel_reply();
                      });
  }

  // A server speaks only after the client's hello, so nothing beyond the proxy's head can be in these bytes.
  void read_tunnel_reply() {
    socket_.async_read_some(
        asio::buffer(tunnel_bytes_), [self = shared_from_this()](error_code error, std::size_t size) {
          if (!self->handler_) return;
          if (error) return self->tunnel_failed(error.message());
          self->tunnel_reply_.append(self->tunnel_bytes_.data(), size);
          if (self->tunnel_reply_.find("\r\n\r\n") == std::string::npos && self->tunnel_reply_.size() < 16 * 1024) {
            return self->read_tunnel_reply();
          }
          self->tunnel_answered();
        });
  }

  void tunnel_answered() {
    const std::string_view line(tunnel_reply_.data(), std::min(tunnel_reply_.size(), tunnel_reply_.find("\r\n")));
    const bool opened = line.starts_with("HTTP/1.") && line.size() >= 12 && line[9] == '2';
    if (opened) return secure();
    const auto status = line.size() >= 12 ? line.substr(9, 3) : "no status";
    tunnel_failed(status == "407" ? "407: it asks for a user and password (http://user:password@host:port)"
                                  : std::string(status));
  }

  void tunnel_failed(const std::string& why) {
    fail({ErrorKind::connect, fmt::format("the proxy {} opened no tunnel to {}: {}", first_hop_.host_and_port(),
                                          route_.origin.host_and_port(), why)});
  }

  void secure() {
    if (!route_.origin.tls) return finish(std::nullopt, make_tcp_stream(std::move(socket_)));
    stage_ = "the TLS handshake with";
    handshake_ = make_tls_handshake(*route_.tls, std::move(socket_), route_.origin, route_.http);
    handshake_->start([self = shared_from_this()](std::optional<Failure> failure, std::unique_ptr<Stream> stream) {
      if (!self->handler_) return;
      self->finish(std::move(failure), std::move(stream));
    });
  }

  void fail(Failure failure) { finish(std::move(failure), nullptr); }

  void finish(std::optional<Failure> failure, std::unique_ptr<Stream> stream) {
    auto handler = std::exchange(handler_, nullptr);
    close();
    if (handler) std::move(handler)(std::move(failure), std::move(stream));
  }

  void close() {
    error_code ignored;
    timer_.cancel(ignored);
    socket_.close(ignored);
    if (dialer_) dialer_->close();
    if (handshake_) handshake_->close();
  }

  Route route_;
  Origin first_hop_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  Handler handler_;
  std::shared_ptr<Dialer> dialer_;
  bool dialing_ = false;
  const char* stage_ = "";
  std::string tunnel_request_;
  std::string tunnel_reply_;
  std::array<char, 1024> tunnel_bytes_;
  std::shared_ptr<TlsHandshake> handshake_;
};

}  // namespace

std::shared_ptr<Connector> make_connector(asio::any_io_executor executor, const Route& route) {
  return std::make_shared<StagedConnector>(std::move(executor), route);
}

}  // namespace headway::net
