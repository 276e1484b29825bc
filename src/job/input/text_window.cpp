#include "job/input/text_window.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <simdjson.h>

#include <headway/error.hpp>

#include "base/byte_order_mark.hpp"
#include "job/input/compressed_source.hpp"
#include "job/input/encoding_source.hpp"
#include "job/input/file_source.hpp"

namespace headway::job {
namespace {

constexpr std::size_t first_size = std::size_t{256} << 10;

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1F\x8B");
}

// A frame, or one to be skipped such as pzstd begins with (RFC 8878, 3.1).
bool is_zstd(std::string_view bytes) {
  if (bytes.starts_with("\x28\xB5\x2F\xFD")) return true;
  return bytes.size() >= 4 && (bytes[0] & 0xF0) == 0x50 && bytes.substr(1, 3) == "\x2A\x4D\x18";
}

std::unique_ptr<ByteSource> open_bytes(const InputSettings& settings) {
  const auto name = settings.shown_name();
  auto file = std::make_unique<FileSource>(settings.path, name);
  const auto first = file->first_bytes(4);
  if (is_gzip(first)) return gunzipped(std::move(file), name);
  if (is_zstd(first)) return unzstd(std::move(file), name);
  return file;
}

void take_byte_order_mark(TextWindow& window, const InputSettings& settings) {
  while (window.text().size() < byte_order_mark.size() && window.more()) continue;
  const auto text = window.text();
  if (text.starts_with(byte_order_mark)) {
    window.take(byte_order_mark.size());
  } else if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw Error(ErrorKind::configuration,
                fmt::format("{} is UTF-16, not UTF-8: name its encoding (--encoding UTF-16)", settings.shown_name()));
  }
}

// Where the first 64 KiB have a carriage return and no line feed.
bool has_returns_alone(TextWindow& window, LineBreaks breaks) {
  constexpr std::size_t looked_at = std::size_t{64} << 10;
  while (window.text().size() < looked_at && window.more()) continue;
  bool quoted = false, any = false;
  for (const char c : window.text().substr(0, looked_at)) {
    if (c == '"' && breaks == LineBreaks::outside_quotes) quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') return false;
    any = any || c == '\r';
  }
  return any;
}

}  // namespace

TextWindow::TextWindow(std::unique_ptr<ByteSource> source) : source_(std::move(source)), buffer_(first_size) {}

bool TextWindow::more() {
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (2 * end_ + simdjson::SIMDJSON_PADDING > buffer_.size()) buffer_.resize(2 * buffer_.size());
  auto* const place = buffer_.data() + end_;
  const auto count = source_->read(place, buffer_.size() - simdjson::SIMDJSON_PADDING - end_);
  if (returns_end_lines_) std::replace(place, place + count, '\r', '\n');
  end_ += count;
  return count > 0;
}

void TextWindow::end_lines_at_returns() {
  returns_end_lines_ = true;
  std::replace(buffer_.data() + begin_, buffer_.data() + end_, '\r', '\n');
}

TextWindow open_text(const InputSettings& settings, LineBreaks breaks) {
  auto bytes = open_bytes(settings);
  if (!settings.encoding.empty()) bytes = utf8_of(std::move(bytes), settings.encoding, settings.shown_name());
  TextWindow window(std::move(bytes));
  take_byte_order_mark(window, settings);
  if (has_returns_alone(window, breaks)) window.end_lines_at_returns();
  return window;
}

}  // namespace headway::job
