#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/socket.hpp"
#include "support/stream.hpp"

namespace headway::test {

struct DnsQuestion {
  std::string name;  ///< without the last dot
  bool ipv6 = false;
  bool tcp = false;
};

struct DnsAnswer {
  int rcode = 0;                       ///< 0: no error, 2: SERVFAIL, 3: NXDOMAIN, 5: REFUSED
  std::vector<std::string> addresses;  ///< those of the question's kind are sent
  std::uint32_t ttl = 60;              ///< s
  bool silent = false;                 ///< says nothing
  bool truncated = false;              ///< by UDP: "ask again by TCP"
  bool garbage = false;                ///< sends what is not DNS
};

/// A scripted name server on 127.0.0.1, UDP and TCP, on one thread.
class DnsPeer {
 public:
  using Script = std::function<DnsAnswer(const DnsQuestion&)>;

  explicit DnsPeer(Script script);
  DnsPeer(const DnsPeer&) = delete;
  DnsPeer& operator=(const DnsPeer&) = delete;
  ~DnsPeer();

  /// "127.0.0.1:port", as Resolver's `servers`.
  std::string servers() const;
  std::vector<DnsQuestion> questions() const;
  /// How many of them were for addresses of IPv4 of `name`.
  std::size_t asked(std::string_view name) const;

 private:
  void serve();
  void answer_udp();
  void answer_tcp();
  /// The reply's bytes, or none.
  std::string answer(std::string_view question, bool tcp);

  const Script script_;
  Socket tcp_;
  Socket udp_;
  StopSignal stop_;
  mutable std::mutex mutex_;
  std::vector<DnsQuestion> questions_;
  std::thread thread_;
};

}  // namespace headway::test
