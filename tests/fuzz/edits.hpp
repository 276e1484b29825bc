#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headway::fuzz {

/// A fuzzer's bytes as a list of things that are done to files, four bytes each.
class Edits {
 public:
  struct Edit {
    unsigned what;
    unsigned place;
    unsigned value;
  };

  explicit Edits(std::string_view bytes) : bytes_(bytes) {}

  bool next(Edit& edit) {
    if (bytes_.size() < 4) return false;
    edit = {byte(0), byte(1) << 8 | byte(2), byte(3)};
    bytes_.remove_prefix(4);
    return true;
  }
  /// Bytes as they are, if there are so many.
  std::string_view take(std::size_t count) {
    const auto taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }

  std::string_view bytes_;
};

}  // namespace headway::fuzz
