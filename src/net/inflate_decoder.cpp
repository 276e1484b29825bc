#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "net/body_decoder.hpp"

namespace headway::net {
namespace {

constexpr int any_window = 15;         // bits; of zlib's own format
constexpr int gzip = 16 + any_window;  // as inflateInit2 wants it
constexpr int bare_window = -any_window;

class Inflater {
 public:
  explicit Inflater(int format) {
    if (inflateInit2(&stream_, format) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void reset(int format) { inflateReset2(&stream_, format); }

  BodyDecoder::Step decode(std::string_view& input, std::span<char> buffer) {
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = clipped(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = clipped(buffer.size());
    const auto offered_in = stream_.avail_in;
    const auto offered_out = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    input.remove_prefix(offered_in - stream_.avail_in);
    return {state(result), offered_out - stream_.avail_out};
  }

 private:
  static uInt clipped(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }

  BodyDecoder::State state(int result) const {
    using enum BodyDecoder::State;
    if (result == Z_STREAM_END) return ended;
    if (result != Z_OK && result != Z_BUF_ERROR) return broken;  // Z_BUF_ERROR: there was nothing to do
    return stream_.avail_out == 0 ? has_output : needs_input;
  }

  z_stream stream_{};
};

class GzipDecoder final : public BodyDecoder {
 public:
  Step decode(std::string_view& input, std::span<char> buffer) override {
    constexpr char first_of_a_member = '\x1f';
    if (ended_) {
      if (input.front() != first_of_a_member) return {State::trailing, 0};
      inflater_.reset(gzip);
      ended_ = false;
    }
    const auto step = inflater_.decode(input, buffer);
    ended_ = step.state == State::ended;
    return step;
  }

 private:
  Inflater inflater_{gzip};
  bool ended_ = false;
};

class DeflateDecoder final : public BodyDecoder {
 public:
  Step decode(std::string_view& input, std::span<char> buffer) override {
    if (ended_) return {State::trailing, 0};
    if (!begun_ && !is_zlib(input.front())) inflater_.reset(bare_window);
    begun_ = true;
    const auto step = inflater_.decode(input, buffer);
    ended_ = step.state == State::ended;
    return step;
  }

 private:
  // zlib's method is 8. In bare deflate these bits are a stored block with a padding of ones, which nobody writes.
  static bool is_zlib(char first) { return (first & 0x0f) == Z_DEFLATED; }

  Inflater inflater_{any_window};
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<BodyDecoder> make_gzip_decoder() {
  return std::make_unique<GzipDecoder>();
}

std::unique_ptr<BodyDecoder> make_deflate_decoder() {
  return std::make_unique<DeflateDecoder>();
}

}  // namespace headway::net
