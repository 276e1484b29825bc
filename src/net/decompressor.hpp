#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/body_decoder.hpp"
#include "net/message.hpp"

namespace headway::net {

/// What a body may unpack to, so that a small one cannot fill the memory.
struct DecompressionLimits {
  /// Bytes in all; 0: no limit. Holds for a body that is not packed too.
  std::size_t max_bytes = 0;
  /// Unpacked bytes to one packed byte; 0: no limit. Deflate reaches 1,032 at the most, text some 3 to 20.
  std::size_t max_ratio = 200;
  /// The ratio is not looked at before so many bytes are unpacked: a short text may well repeat itself.
  std::size_t ratio_from = std::size_t{1} << 20;
};

/// Undoes the Content-Encoding of one answer's body, in whatever slices it comes: gzip, deflate, br, or none. All that
/// the bytes so far unpack to is given at once, so that a packed stream of events stays a stream. A state machine
/// without I/O. Until begin() it passes bodies on as they are. After a Failure only begin() may be called.
class Decompressor {
 public:
  /// What begin() takes, as the value of an Accept-Encoding header.
  static constexpr std::string_view accepted = "gzip, deflate, br";

  explicit Decompressor(const DecompressionLimits& limits) : limits_(limits) {}

  /// A body begins that has this Content-Encoding; empty: none. An encoding on top of another one, which no provider
  /// sends and which multiplies the ratio, is a failure of kind `protocol`, and so is a registered one that was not asked
  /// for. Words that name no encoding ("utf-8", "none") mean none.
  std::optional<Failure> begin(std::string_view content_encoding);

  /// The next bytes: what they unpack to is appended to `output`. Of kind `protocol` are broken data, bytes after their
  /// end, and more output than the limits allow; it stops within 16 KB of them.
  std::optional<Failure> feed(std::string_view input, std::string& output);

  /// The body is whole. Of kind `incomplete` if its encoding has not come to its end. No bytes at all are an empty body.
  std::optional<Failure> finish() const;

 private:
  std::optional<Failure> unpack(std::string_view& input, std::string& output);
  std::optional<Failure> exceeded() const;

  DecompressionLimits limits_;
  std::unique_ptr<BodyDecoder> decoder_;  // null: the body is not packed
  std::size_t taken_ = 0;
  std::size_t given_ = 0;
  bool ended_ = false;
};

}  // namespace headway::net
