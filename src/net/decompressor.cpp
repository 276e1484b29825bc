#include "net/decompressor.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace headway::net {
namespace {

using DecoderState = BodyDecoder::State;

constexpr std::size_t buffer_bytes = 16384;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto first = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// What is registered (IANA, HTTP Content Coding Registry) and not asked for.
bool is_other_coding(std::string_view name) {
  constexpr std::string_view names[] = {"zstd", "compress",  "x-compress", "dcb",         "dcz",
                                        "exi",  "aes128gcm", "lzma",       "pack200-gzip"};
  return std::ranges::any_of(names, [&](std::string_view other) { return same_header_name(name, other); });
}

bool is_ours(std::string_view name) {
  constexpr std::string_view names[] = {"gzip", "x-gzip", "deflate", "br"};
  return std::ranges::any_of(names, [&](std::string_view own) { return same_header_name(name, own); });
}

// The codings of a Content-Encoding. What is none, as "identity", "utf-8" and "none" are, changes nothing.
std::vector<std::string_view> codings_of(std::string_view list) {
  std::vector<std::string_view> codings;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto coding = trimmed(list.substr(0, std::min(comma, list.find(';'))));
    if (is_ours(coding) || is_other_coding(coding)) codings.push_back(coding);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return codings;
}

std::unique_ptr<BodyDecoder> decoder_of(std::string_view coding) {
  if (same_header_name(coding, "gzip") || same_header_name(coding, "x-gzip")) return make_gzip_decoder();
  if (same_header_name(coding, "deflate")) return make_deflate_decoder();
  if (same_header_name(coding, "br")) return make_brotli_decoder();
  return nullptr;
}

Failure protocol(std::string detail) {
  return {ErrorKind::protocol, std::move(detail)};
}

std::optional<Failure> failure_of(DecoderState state) {
  if (state == DecoderState::broken) return protocol("the answer is not what its Content-Encoding says, or is damaged");
  if (state == DecoderState::trailing) return protocol("there are bytes after the end of the compressed answer");
  return std::nullopt;
}

}  // namespace

std::optional<Failure> Decompressor::begin(std::string_view content_encoding) {
  decoder_.reset();
  taken_ = given_ = 0;
  ended_ = false;
  const auto codings = codings_of(content_encoding);
  if (codings.empty()) return std::nullopt;
  if (codings.size() > 1) return protocol("the answer is compressed more than once");
  decoder_ = decoder_of(codings.front());
  if (!decoder_)
    return protocol(fmt::format("the answer's Content-Encoding is none of those asked for ({})", accepted));
  return std::nullopt;
}

std::optional<Failure> Decompressor::feed(std::string_view input, std::string& output) {
  if (input.empty()) return std::nullopt;
  taken_ += input.size();
  if (decoder_) return unpack(input, output);
  given_ += input.size();
  output.append(input);
  return exceeded();
}

std::optional<Failure> Decompressor::unpack(std::string_view& input, std::string& output) {
  std::array<char, buffer_bytes> buffer;
  for (auto state = DecoderState::has_output; !input.empty() || state == DecoderState::has_output;) {
    const auto step = decoder_->decode(input, buffer);
    state = step.state;
    ended_ = state == DecoderState::ended;
    given_ += step.written;
    output.append(buffer.data(), step.written);
    if (auto failure = failure_of(state)) return failure;
    if (auto failure = exceeded()) return failure;
  }
  return std::nullopt;
}

std::optional<Failure> Decompressor::exceeded() const {
  if (limits_.max_bytes != 0 && given_ > limits_.max_bytes) {
    return protocol(
        fmt::format("the answer {} more than {} bytes", decoder_ ? "unpacks to" : "has", limits_.max_bytes));
  }
  const bool judged = limits_.max_ratio != 0 && given_ > limits_.ratio_from;
  if (judged && given_ / limits_.max_ratio > taken_) {
    return protocol(fmt::format("the answer unpacks to more than {} times its size", limits_.max_ratio));
  }
  return std::nullopt;
}

std::optional<Failure> Decompressor::finish() const {
  if (!decoder_ || ended_ || taken_ == 0) return std::nullopt;
  return Failure(ErrorKind::incomplete, "the compressed answer ended before its end");
}

}  // namespace headway::net
