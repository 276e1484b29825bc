#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/message.hpp"

namespace headway::call {

/// Heads of requests with what is known late in place of what they were made with: the key of now, and a target that says
/// what is asked. The same head is given for the same one, so that connections know its fields again. For all threads.
class FreshHeads {
 public:
  using Head = std::shared_ptr<const net::RequestHead>;

  /// `authorization`: the header's value now; empty: as it was made.
  Head of(const Head& made, const std::string& target, const std::string& authorization) {
    const bool same_key = authorization.empty() || made->headers.value("Authorization") == authorization;
    if (same_key && made->target == target) return made;
    const std::lock_guard lock(mutex_);
    if (authorization_ != authorization) {
      heads_.clear();
      authorization_ = authorization;
    }
    for (const auto& [old, fresh] : heads_) {
      if (old == made && fresh->target == target) return fresh;
    }
    auto fresh = std::make_shared<net::RequestHead>(*made);
    fresh->target = target;
    if (!authorization.empty()) fresh->headers.set("Authorization", authorization);
    if (heads_.size() < most) heads_.emplace_back(made, fresh);
    return fresh;
  }

 private:
  static constexpr std::size_t most = 64;

  std::mutex mutex_;
  std::string authorization_;
  std::vector<std::pair<Head, Head>> heads_;
};

}  // namespace headway::call
