#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway::test {

enum class Format { gzip, zlib, bare_deflate, brotli };

/// What a server would send, made by zlib's and Brotli's own compressors.
std::string compressed(Format format, std::string_view text);

/// A stream flushed after each piece: the first element unpacks to the first piece, and so on. The stream ends in the
/// last one.
std::vector<std::string> compressed_pieces(Format format, const std::vector<std::string>& pieces);

}  // namespace headway::test
