#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace headway::net {

/// One coding of HTTP bodies, undone piece by piece. A state machine without I/O.
class BodyDecoder {
 public:
  enum class State {
    needs_input,  ///< all input is taken and all that it unpacks to is given
    has_output,   ///< the buffer is full and there may be more, even without input
    ended,        ///< the coding's own end has come; input may be left
    broken,       ///< the input is not what the coding allows
    trailing,     ///< there is input after the coding's own end
  };

  struct Step {
    State state;
    std::size_t written;  ///< bytes at the front of the buffer
  };

  virtual ~BodyDecoder() = default;

  /// Takes bytes off the front of `input` and unpacks them into `buffer`, which is not empty. `input` may be empty only
  /// after `has_output`. After `broken` and `trailing` it is of no further use.
  virtual Step decode(std::string_view& input, std::span<char> buffer) = 0;
};

/// RFC 1952; more than one member after another is one body.
std::unique_ptr<BodyDecoder> make_gzip_decoder();
/// What HTTP calls deflate: zlib's format (RFC 1950), or, as some servers send it, bare deflate (RFC 1951).
std::unique_ptr<BodyDecoder> make_deflate_decoder();
/// RFC 7932: a window of 16 MB at the most, which is allocated as large as the server has chosen it.
std::unique_ptr<BodyDecoder> make_brotli_decoder();

}  // namespace headway::net
