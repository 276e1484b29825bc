#pragma once

#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "net/message.hpp"

namespace headway::net {

/// What the bodies of answers that have not come whole hold together, and how much that may be. Past it, an answer that
/// holds more than an equal share ends: few large ones do not starve many small ones, and twice the limit is never passed.
class AnswerMemory {
 public:
  /// `most`: bytes; 0: no limit.
  explicit AnswerMemory(std::size_t most) : most_(most) {}

  /// One answer's part of it, from its first byte to its end.
  class Share {
   public:
    explicit Share(AnswerMemory& memory) : memory_(memory) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { memory_.change(held_, 0); }

    /// It has grown to that many bytes. A Failure of kind `protocol`: it may not.
    std::optional<Failure> hold(std::size_t bytes) {
      memory_.change(held_, bytes);
      held_ = bytes;
      return memory_.is_too_much(bytes) ? std::optional(memory_.failure()) : std::nullopt;
    }

   private:
    AnswerMemory& memory_;
    std::size_t held_ = 0;
  };

  std::size_t held() const { return held_; }

 private:
  void change(std::size_t before, std::size_t now) {
    held_ = held_ - before + now;
    if (before == 0 && now > 0) ++holders_;
    if (before > 0 && now == 0) --holders_;
  }
  bool is_too_much(std::size_t bytes) const { return most_ > 0 && held_ > most_ && bytes > most_ / holders_; }
  Failure failure() const {
    return {
        ErrorKind::protocol,
        fmt::format("the answers under way have more than {} bytes together, and this one more than its share", most_)};
  }

  std::size_t most_;
  std::size_t held_ = 0;
  std::size_t holders_ = 0;
};

}  // namespace headway::net
