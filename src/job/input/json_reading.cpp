#include "job/input/json_reading.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <boost/json/parser.hpp>

namespace headway::job {

std::string json_number(double number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string json_fault(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1024;  // simdjson's
  boost::json::parser parser({}, options);
  boost::json::error_code error;
  const auto read = parser.write(text.data(), text.size(), error);
  return error ? fmt::format("{} at byte {}", error.message(), read + 1) : std::string();
}

}  // namespace headway::job
