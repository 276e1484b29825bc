#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace headway::net {

/// The addresses of host names, for as long as their name server allows, though for 1 s at the least and 60 s at the most.
class KeptNames {
 public:
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  using time_point = std::chrono::steady_clock::time_point;

  /// Null if they are not known, or no longer.
  const Addresses* find(const std::string& name, time_point now) const {
    const auto kept = kept_.find(name);
    return kept != kept_.end() && now < kept->second.until ? &kept->second.addresses : nullptr;
  }

  void keep(const std::string& name, Addresses addresses, std::chrono::seconds ttl, time_point now) {
    std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
    kept_[name] = Kept{std::move(addresses), now + std::clamp(ttl, shortest, longest)};
  }

  void forget(const std::string& name) { kept_.erase(name); }

 private:
  static constexpr std::chrono::seconds shortest{1};
  static constexpr std::chrono::seconds longest{60};

  struct Kept {
    Addresses addresses;
    time_point until;
  };

  std::unordered_map<std::string, Kept> kept_;
};

}  // namespace headway::net
