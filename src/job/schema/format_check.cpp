#include "job/schema/format_check.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string>

#include "job/schema/pattern.hpp"

namespace headway::job {
namespace {

// RFC 3339, 5.6; its appendix A for durations; RFC 5321, 1123, 4122, 3986, 6901.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> format_patterns{{
    {"date", R"(^\d{4}-\d{2}-\d{2}$)"},
    {"time", R"(^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([zZ]|[+\-]([01]\d|2[0-3]):[0-5]\d)$)"},
    {"duration", R"(^P(?!$)(\d+W|(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)?(T(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S))?)$)"},
    {"email",
     R"(^("([^"\\\r\n]|\\.)+"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*)@([A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?)*|\[[0-9A-Za-z:.]+\])$)"},
    {"hostname",
     R"(^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)*$)"},
    {"uuid", R"(^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$)"},
    {"uri",
     R"(^[A-Za-z][A-Za-z0-9+.\-]*:([A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*(#([A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$)"},
    {"json-pointer", R"(^(/([^/~]|~[01])*)*$)"},
    {"date-time", R"(^\d{4}-\d{2}-\d{2}[tT][^ ]+$)"},
}};

bool fits_pattern(std::string_view text, std::string_view format, Steps& steps) {
  static thread_local std::array<std::shared_ptr<const Pattern>, format_patterns.size()> compiled;
  for (std::size_t i = 0; i < format_patterns.size(); ++i) {
    if (format_patterns[i].first != format) continue;
    if (!compiled[i]) compiled[i] = std::make_shared<const Pattern>(format_patterns[i].second);
    return compiled[i]->is_in(text, steps);
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, value);
  return value;
}

bool is_date(std::string_view text, Steps& steps) {
  if (text.size() != 10 || !fits_pattern(text, "date", steps)) return false;
  const std::chrono::year_month_day day{std::chrono::year(number_at(text, 0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
  return day.ok();
}

// A leap second is the last of a day in UTC.
bool is_time(std::string_view text, Steps& steps) {
  if (!fits_pattern(text, "time", steps)) return false;
  if (number_at(text, 6, 2) < 60) return true;
  int minutes = number_at(text, 0, 2) * 60 + number_at(text, 3, 2);
  if (const auto sign = text.find_first_of("+-"); sign != text.npos) {
    const int offset = number_at(text, sign + 1, 2) * 60 + number_at(text, sign + 4, 2);
    minutes += text[sign] == '+' ? -offset : offset;
  }
  constexpr int day = 24 * 60;
  return (minutes + 2 * day) % day == day - 1;
}

bool is_address(std::string_view text, int family) {
  std::array<unsigned char, 16> address{};
  const bool has_zeros = family == AF_INET && (text.starts_with('0') && text.size() > 1 && text[1] != '.');
  return text.size() < 64 && text.find('\0') == text.npos && !has_zeros &&
         inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_expression(std::string_view text, Steps& steps) try {
  constexpr std::int64_t to_compile_one = 200, to_compile_a_byte = 4;
  steps.take(to_compile_one + to_compile_a_byte * static_cast<std::int64_t>(text.size()));
  const Pattern compiled(text);
  return true;
} catch (const std::invalid_argument&) {
  return false;
}

}  // namespace

bool is_of_format(std::string_view text, std::string_view format, Steps& steps) {
  if (format == "date") return is_date(text, steps);
  if (format == "time") return is_time(text, steps);
  if (format == "date-time") {
    return text.size() > 11 && fits_pattern(text, format, steps) && is_date(text.substr(0, 10), steps) &&
           is_time(text.substr(11), steps);
  }
  if (format == "ipv4") return is_address(text, AF_INET);
  if (format == "ipv6") return is_address(text, AF_INET6);
  if (format == "regex") return is_expression(text, steps);
  return fits_pattern(text, format, steps);
}

}  // namespace headway::job
