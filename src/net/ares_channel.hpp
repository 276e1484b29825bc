#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ares.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace headway::net {

/// What c-ares found.
struct NameAnswer {
  int status = ARES_SUCCESS;
  std::vector<boost::asio::ip::tcp::endpoint> addresses;  ///< without a port
  std::chrono::seconds ttl{0};                            ///< the shortest on the way to them
};

struct AresSettings {
  std::string servers;  ///< "address:port,..."; empty: the system's
  std::chrono::milliseconds first_wait;
  /// True: a name server's refusal is the answer. False: it sends the question on to the next server, and when none is
  /// left c-ares says ARES_ECONNREFUSED, whatever the refusals were.
  bool frank = false;
};

/// One c-ares channel on an executor: its sockets and its clock. Reads resolv.conf when it is made.
class AresChannel : public std::enable_shared_from_this<AresChannel> {
 public:
  using Done = std::function<void(NameAnswer)>;

  AresChannel(boost::asio::any_io_executor executor, const AresSettings& settings);
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;
  /// What is in flight is done with ARES_EDESTRUCTION.
  ~AresChannel();

  /// `done` is called once, perhaps inside this call. It must neither throw nor destroy the channel.
  void lookup(const std::string& name, Done done);

 private:
  enum Direction { reading, writing };
  struct Watch {
    boost::asio::posix::stream_descriptor descriptor;
    std::array<bool, 2> wanted{};
    std::array<bool, 2> waiting{};
  };

  static void on_socket(void* self, ares_socket_t fd, int readable, int writable) noexcept;
  void watch(ares_socket_t fd, bool readable, bool writable);
  void wait(ares_socket_t fd, const std::shared_ptr<Watch>& watch);
  void wait(ares_socket_t fd, const std::shared_ptr<Watch>& watch, Direction direction);
  void ready(ares_socket_t fd, const std::shared_ptr<Watch>& watch, Direction direction);
  void process(ares_socket_t readable, ares_socket_t writable);
  void set_timer();

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  ares_channel channel_ = nullptr;
  int status_ = ARES_SUCCESS;
};

}  // namespace headway::net
