#include "wire/sse.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/byte_order_mark.hpp"

namespace headway::wire {
namespace {

constexpr auto nowhere = std::string_view::npos;

// Where the first CR or LF stands. By windows, so that text with one of them only is not searched to its end, line by
// line, for the other.
std::size_t line_end(std::string_view bytes) {
  constexpr std::size_t window = 1024;
  for (std::size_t at = 0; at < bytes.size(); at += window) {
    const auto part = bytes.substr(at, window);
    const auto lf = part.find('\n');
    const auto end = std::min(lf, part.substr(0, lf).find('\r'));
    if (end != nowhere) return at + end;
  }
  return nowhere;
}

[[noreturn]] void too_long(std::string_view what, std::size_t limit) {
  throw Error(ErrorKind::protocol, fmt::format("{} of the event stream has more than {} bytes", what, limit));
}

}  // namespace

std::optional<SseEvent> SseParser::next(std::string_view& bytes) {
  if (std::exchange(event_given_, false)) forget_event();
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = line_end(bytes);
    const auto part = bytes.substr(0, end);
    if (line_.size() + part.size() > limits_.max_line) too_long("a line", limits_.max_line);
    if (end == nowhere) {
      line_.append(part);
      bytes = {};
    } else {
      after_cr_ = bytes[end] == '\r';
      bytes.remove_prefix(end + 1);
      if (line_ended(part)) return SseEvent{type_, data_};
    }
  }
  keep_data();
  return std::nullopt;
}

std::optional<SseEvent> SseParser::end() {
  if (std::exchange(event_given_, false)) forget_event();
  if (!line_.empty()) line_ended({});
  return has_data_ ? std::optional(SseEvent{type_, data_}) : std::nullopt;
}

bool SseParser::line_ended(std::string_view part) {
  const bool in_pieces = !line_.empty();
  std::string_view line = in_pieces ? std::string_view(line_.append(part)) : part;
  if (std::exchange(at_beginning_, false)) line = without_byte_order_mark(line);
  if (line.empty()) return end_event();
  read_field(line);
  if (in_pieces) {
    keep_data();
    line_.clear();
  }
  return false;
}

bool SseParser::end_event() {
  line_.clear();
  event_given_ = has_data_;
  if (!has_data_) type_.clear();
  return has_data_;
}

void SseParser::read_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == nowhere ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") add_data(value);
  if (name == "event") type_.assign(value);
}

void SseParser::add_data(std::string_view value) {
  const std::size_t separator = has_data_ ? 1 : 0;
  if (data_.size() + separator + value.size() > limits_.max_data) too_long("an event", limits_.max_data);
  if (!std::exchange(has_data_, true)) {
    data_ = value;
    return;
  }
  keep_data();
  joined_data_.append("\n").append(value);
  data_ = joined_data_;
}

// The bytes that it looks into are about to go.
void SseParser::keep_data() {
  if (data_.data() == joined_data_.data()) return;
  joined_data_.assign(data_);
  data_ = joined_data_;
}

void SseParser::forget_event() {
  type_.clear();
  data_ = {};
  joined_data_.clear();
  has_data_ = false;
}

}  // namespace headway::wire
