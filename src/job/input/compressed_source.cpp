#include "job/input/compressed_source.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <headway/error.hpp>

namespace headway::job {
namespace {

/// The compressed bytes that come in, and the errors that both kinds have.
class Packed {
 public:
  Packed(std::unique_ptr<ByteSource> source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}

  /// The next piece; empty at the end.
  std::string_view next() { return {buffer_.data(), source_->read(buffer_.data(), buffer_.size())}; }

  [[noreturn]] void cut() const {
    throw Error(ErrorKind::configuration, fmt::format("{} is cut: its compressed data ends too early", name_));
  }
  [[noreturn]] void damaged(std::string_view why) const {
    throw Error(ErrorKind::configuration,
                fmt::format("{} is damaged: its compressed data cannot be read ({})", name_, why));
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{64} << 10);
};

class GzipSource : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> packed, std::string name) : packed_(std::move(packed), std::move(name)) {
    constexpr int gzip_only = 16;
    if (::inflateInit2(&stream_, MAX_WBITS + gzip_only) != Z_OK) packed_.damaged("zlib has no memory");
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }

  std::size_t read(char* to, std::size_t room) override {
    const auto size = static_cast<uInt>(std::min<std::size_t>(room, 1U << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = size;
    bool more = true;
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0) more = fill();
      if (!more && !inside_member_) return 0;
      inflate_some();  // at the end too: it may hold back what there was no room for
      if (!more && inside_member_ && stream_.avail_out == size) packed_.cut();
    }
    return size - stream_.avail_out;
  }

 private:
  bool fill() {
    const auto piece = packed_.next();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    return !piece.empty();
  }

  void inflate_some() {
    if (!inside_member_) ::inflateReset(&stream_);
    inside_member_ = true;
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      inside_member_ = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      packed_.damaged(stream_.msg ? stream_.msg : "zlib gives no reason");
    }
  }

  Packed packed_;
  z_stream stream_{};
  bool inside_member_ = false;
};

class ZstdSource : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> packed, std::string name) : packed_(std::move(packed), std::move(name)) {}

  std::size_t read(char* to, std::size_t room) override {
    ZSTD_outBuffer out{to, room, 0};
    bool more = true;
    while (out.pos == 0) {
      if (in_.pos == in_.size) more = fill();
      if (!more && !inside_frame_) return 0;
      decompress_some(out);
      if (!more && inside_frame_ && out.pos == 0) packed_.cut();
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ::ZSTD_freeDStream(stream); }
  };

  bool fill() {
    const auto piece = packed_.next();
    in_ = {piece.data(), piece.size(), 0};
    return !piece.empty();
  }

  void decompress_some(ZSTD_outBuffer& out) {
    const auto result = ::ZSTD_decompressStream(stream_.get(), &out, &in_);
    if (::ZSTD_isError(result)) packed_.damaged(::ZSTD_getErrorName(result));
    inside_frame_ = result != 0;
  }

  Packed packed_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{::ZSTD_createDStream()};
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool inside_frame_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gunzipped(std::unique_ptr<ByteSource> packed, std::string name) {
  return std::make_unique<GzipSource>(std::move(packed), std::move(name));
}

std::unique_ptr<ByteSource> unzstd(std::unique_ptr<ByteSource> packed, std::string name) {
  return std::make_unique<ZstdSource>(std::move(packed), std::move(name));
}

}  // namespace headway::job
