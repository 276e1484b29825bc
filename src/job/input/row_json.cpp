#include "job/input/row_json.hpp"

#include <fmt/format.h>

#include "job/input/column.hpp"
#include "job/input/escape.hpp"
#include "job/input/json_reading.hpp"

namespace headway::job {
namespace {

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_decimal_digit(text[at + count])) ++count;
  return count;
}

/// How long the number is that `text` begins with (RFC 8259, 6); 0: it is none.
std::size_t number_at_start(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = digits_at(text, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0;
    const auto exponent = digits_at(text, at + 1 + sign);
    if (exponent == 0) return 0;
    at += 1 + sign + exponent;
  }
  return at;
}

/// Just behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

/// Every number becomes a 0 of the same length.
std::string without_numbers(std::string text) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = end_of_string(text, at);
    } else if (const auto length = number_at_start(std::string_view(text).substr(at)); length > 0) {
      text.replace(at, length, "0" + std::string(length - 1, ' '));
      at += length;
    } else {
      ++at;
    }
  }
  return text;
}

std::string with_whole_characters(std::string text) {
  for (auto at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto unit = escaped_unit_at(text, at);
    if (is_high_surrogate(unit) && is_low_surrogate(escaped_unit_at(text, at + escape_size))) {
      at += 2 * escape_size;
    } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
      text.replace(at, escape_size, "\\ufffd");
      at += escape_size;
    } else {
      at += 2;
    }
  }
  return text;
}

}  // namespace

std::string RowJson::read(std::string_view row) {
  text_ = row;
  auto error = parser_.parse(row.data(), row.size(), false).get(element_);
  if (error) error = read_mended();
  if (error) {
    if (auto fault = utf8_fault(row); !fault.empty()) return fault;
    const auto where = json_fault(row);
    return fmt::format("is not valid JSON: {}", where.empty() ? simdjson::error_message(error) : where);
  }
  return element_.get(object_) ? "is not a JSON object" : "";
}

simdjson::error_code RowJson::read_mended() {
  mended_ = with_whole_characters(std::string(text_));
  mended_.reserve(mended_.size() + simdjson::SIMDJSON_PADDING);
  if (mended_ != text_) text_ = mended_;
  return parser_.parse(without_numbers(std::string(text_))).get(element_);
}

}  // namespace headway::job
