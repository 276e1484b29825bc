#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace headway::fuzz {

/// What must hold, in every build.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// A fuzzer's bytes: the first says in which slices the rest comes.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : slice_(size > 0 ? std::size_t{data[0]} + 1 : 1),
        bytes_(reinterpret_cast<const char*>(data) + (size > 0 ? 1 : 0), size > 0 ? size - 1 : 0) {}

  std::string_view bytes() const { return bytes_; }

  /// Each copied out of its neighbours' sight, so that the address sanitizer sees a read beyond it.
  template <class Take>
  void each_slice(Take take) const {
    for (std::size_t at = 0; at < bytes_.size(); at += slice_) {
      const auto part = bytes_.substr(at, slice_);
      auto* copy = new char[part.size()];
      std::copy(part.begin(), part.end(), copy);
      take(std::string_view(copy, part.size()));
      delete[] copy;
    }
  }

 private:
  std::size_t slice_;
  std::string_view bytes_;
};

}  // namespace headway::fuzz
