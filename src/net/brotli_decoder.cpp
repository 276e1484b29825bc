#include <brotli/decode.h>

#include <cstdint>
#include <new>

#include "net/body_decoder.hpp"

namespace headway::net {
namespace {

struct DestroyState {
  void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
};

class BrotliDecoder final : public BodyDecoder {
 public:
  BrotliDecoder() {
    if (!state_) throw std::bad_alloc();
  }

  Step decode(std::string_view& input, std::span<char> buffer) override {
    if (BrotliDecoderIsFinished(state_.get())) return {State::trailing, 0};
    auto in_left = input.size();
    auto out_left = buffer.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(input.data());
    auto* out = reinterpret_cast<std::uint8_t*>(buffer.data());
    const auto result = BrotliDecoderDecompressStream(state_.get(), &in_left, &in, &out_left, &out, nullptr);
    input.remove_prefix(input.size() - in_left);
    return {state(result), buffer.size() - out_left};
  }

 private:
  State state(BrotliDecoderResult result) const {
    switch (result) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        return State::ended;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        // It asks for input even where the buffer was too small for all that it has.
        return BrotliDecoderHasMoreOutput(state_.get()) ? State::has_output : State::needs_input;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return State::has_output;
      default:
        return State::broken;
    }
  }

  std::unique_ptr<BrotliDecoderState, DestroyState> state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

}  // namespace

std::unique_ptr<BodyDecoder> make_brotli_decoder() {
  return std::make_unique<BrotliDecoder>();
}

}  // namespace headway::net
