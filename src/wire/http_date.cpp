#include "wire/http_date.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace headway::wire {
namespace {

using namespace std::chrono;

// A date's words and numbers; the formats differ only in their order and in what stands between them.
struct Words {
  std::array<std::string_view, 8> word;
  std::size_t count = 0;
};

std::optional<Words> words_of(std::string_view text) {
  constexpr std::string_view separators = " ,:-";
  Words words;
  while (true) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return words;
    if (words.count == words.word.size()) return std::nullopt;
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(separators));
    words.word[words.count++] = word;
    text.remove_prefix(word.size());
  }
}

// -1 if it is not a number of at most four digits.
int number(std::string_view word) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool whole = error == std::errc() && end == word.data() + word.size() && word.size() <= 4;
  return whole ? static_cast<int>(value) : -1;
}

month month_of(std::string_view word) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto at = word.size() == 3 ? names.find(word) : std::string_view::npos;
  return at == std::string_view::npos || at % 3 != 0 ? month(0) : month(static_cast<unsigned>(at / 3 + 1));
}

int year_of(std::string_view word, sys_seconds now) {
  const int value = number(word);
  if (word.size() != 2 || value < 0) return word.size() == 4 ? value : -1;
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  const int same_century = this_year - this_year % 100 + value;
  return same_century > this_year + 50 ? same_century - 100 : same_century;
}

std::optional<seconds> time_of(std::string_view hour, std::string_view minute, std::string_view second) {
  const int h = number(hour), m = number(minute), s = number(second);
  const bool leap_second_at_most = s <= 60;
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || !leap_second_at_most) return std::nullopt;
  return hours(h) + minutes(m) + seconds(s);
}

std::optional<sys_seconds> date(int y, month m, int d, std::optional<seconds> time) {
  if (y < 0 || d < 0 || !time) return std::nullopt;
  const year_month_day ymd(year(y), m, day(static_cast<unsigned>(d)));
  if (!ymd.ok()) return std::nullopt;
  return sys_days(ymd) + *time;
}

}  // namespace

std::optional<sys_seconds> http_date(std::string_view text, sys_seconds now) {
  const auto words = words_of(text);
  if (!words) return std::nullopt;
  const auto& w = words->word;
  if (words->count == 8 && w[7] == "GMT") {  // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT
    return date(year_of(w[3], now), month_of(w[2]), number(w[1]), time_of(w[4], w[5], w[6]));
  }
  if (words->count == 7) {  // Sun Nov  6 08:49:37 1994
    return date(year_of(w[6], now), month_of(w[1]), number(w[2]), time_of(w[3], w[4], w[5]));
  }
  return std::nullopt;
}

}  // namespace headway::wire
