#pragma once

#include <cstdint>
#include <string_view>

namespace headway::job {

/// A row as it stands in the input.
struct RawRow {
  enum class Fault { none, too_large, quote_not_closed };

  std::uint64_t line = 0;  ///< from 1: where it begins
  std::string_view text;   ///< without its line end; of a row with a fault empty. simdjson may read on behind it
  Fault fault = Fault::none;
};

/// The rows of a text, one after the other; blank lines are passed over. For one thread at a time.
class RawRows {
 public:
  RawRows() = default;
  RawRows(const RawRows&) = delete;
  RawRows& operator=(const RawRows&) = delete;
  virtual ~RawRows() = default;

  /// False at the end. The row is valid until the next call. Throws as ByteSource::read.
  virtual bool next(RawRow& row) = 0;
};

/// Whether there are but spaces, tabs and line ends.
constexpr bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace headway::job
