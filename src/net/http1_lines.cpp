#include "net/http1_lines.hpp"

#include <algorithm>
#include <charconv>

namespace headway::net {
namespace {

constexpr std::string_view line_blanks = " \t";

template <int base>
std::optional<std::uint64_t> parse_whole(std::string_view digits) {
  std::uint64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number, base);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(line_blanks), text.size()));
  return text.substr(0, text.find_last_not_of(line_blanks) + 1);
}

std::optional<Http1Status> parse_status_line(std::string_view line) {
  constexpr std::string_view any_version = "HTTP/1.x 200";
  if (line.size() < any_version.size() || !line.starts_with("HTTP/1.") || line[8] != ' ') return std::nullopt;
  if (line[7] != '0' && line[7] != '1') return std::nullopt;
  const auto status = parse_whole<10>(line.substr(9, 3));
  const bool ends_there = line.size() == any_version.size() || line[any_version.size()] == ' ';
  if (!status || *status < 100 || !ends_there) return std::nullopt;
  return Http1Status{static_cast<int>(*status), line[7] == '1'};
}

std::optional<Http1Field> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const Http1Field field{without_blanks(line.substr(0, colon)), without_blanks(line.substr(colon + 1))};
  if (field.name.empty()) return std::nullopt;
  return field;
}

std::optional<std::uint64_t> parse_length(std::string_view value) {
  std::optional<std::uint64_t> length;
  bool good = true;
  for_each_in_list(value, [&](std::string_view part) {
    const auto one = parse_whole<10>(part);
    good = good && one && (!length || length == one);
    length = one;
  });
  return good ? length : std::nullopt;
}

std::optional<std::uint64_t> parse_chunk_size(std::string_view line) {
  return parse_whole<16>(without_blanks(line.substr(0, line.find(';'))));
}

}  // namespace headway::net
