#include "support/compressed.hpp"

#define ZLIB_CONST
#include <brotli/encode.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace headway::test {
namespace {

class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual std::string add(std::string_view text, bool last) = 0;
};

class Deflater final : public Compressor {
 public:
  explicit Deflater(int window_bits) {
    if (deflateInit2(&stream_, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() override { deflateEnd(&stream_); }

  std::string add(std::string_view text, bool last) override {
    std::string packed;
    std::array<char, 4096> buffer;
    stream_.next_in = reinterpret_cast<const Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = buffer.size();
      deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH);
      packed.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return packed;
  }

 private:
  z_stream stream_{};
};

class BrotliCompressor final : public Compressor {
 public:
  std::string add(std::string_view text, bool last) override {
    std::string packed;
    auto in_left = text.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(text.data());
    do {
      std::array<std::uint8_t, 4096> buffer;
      auto* out = buffer.data();
      auto out_left = buffer.size();
      const auto operation = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
      if (!BrotliEncoderCompressStream(state_.get(), operation, &in_left, &in, &out_left, &out, nullptr)) {
        throw std::runtime_error("Brotli's compressor failed");
      }
      packed.append(buffer.data(), buffer.data() + (buffer.size() - out_left));
    } while (in_left > 0 || BrotliEncoderHasMoreOutput(state_.get()));
    return packed;
  }

 private:
  struct Destroy {
    void operator()(BrotliEncoderState* state) const { BrotliEncoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliEncoderState, Destroy> state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)};
};

std::unique_ptr<Compressor> compressor(Format format) {
  switch (format) {
    case Format::gzip:
      return std::make_unique<Deflater>(16 + MAX_WBITS);
    case Format::zlib:
      return std::make_unique<Deflater>(MAX_WBITS);
    case Format::bare_deflate:
      return std::make_unique<Deflater>(-MAX_WBITS);
    case Format::brotli:
      return std::make_unique<BrotliCompressor>();
  }
  throw std::invalid_argument("no such format");
}

}  // namespace

std::string compressed(Format format, std::string_view text) {
  return compressor(format)->add(text, true);
}

std::vector<std::string> compressed_pieces(Format format, const std::vector<std::string>& pieces) {
  std::vector<std::string> packed;
  const auto stream = compressor(format);
  for (const auto& piece : pieces) packed.push_back(stream->add(piece, &piece == &pieces.back()));
  return packed;
}

}  // namespace headway::test
