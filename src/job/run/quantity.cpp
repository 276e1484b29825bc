#include "job/run/quantity.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/ascii.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse_amount(std::string_view flag, const std::string& text, std::string_view forms) {
  throw Error(ErrorKind::configuration, fmt::format("{}: '{}' is not of the form {}", flag, text, forms));
}

/// Takes the number at the beginning of `text`; none: it has no such number above zero.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || !(number > 0) || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

double factor_of_unit(std::string_view& unit) {
  const auto take = [&](char letter) {
    if (!unit.starts_with(letter)) return false;
    unit.remove_prefix(1);
    return true;
  };
  if (take('k')) return 1e3;
  if (take('m')) return 1e6;
  return take('g') ? 1e9 : 1;
}

}  // namespace

Budget budget_of(const std::string& text) {
  constexpr std::string_view forms = "20usd or 5Mtok";
  constexpr double most_tokens = 1e15, most_dollars = 1e6;
  const auto small = lowered(text);
  std::string_view rest = small;
  const bool sign = rest.starts_with('$');
  if (sign) rest.remove_prefix(1);
  const auto number = take_number(rest);
  if (!number) refuse_amount("--budget", text, forms);
  Budget budget;
  if ((sign && rest.empty()) || (!sign && rest == "usd")) {
    budget.dollars = *number;
  } else {
    const auto tokens = *number * factor_of_unit(rest);
    if (sign || (rest != "tok" && rest != "tokens") || tokens > most_tokens) refuse_amount("--budget", text, forms);
    budget.tokens = std::llround(tokens);
  }
  if (budget.dollars > most_dollars) refuse_amount("--budget", text, forms);
  return budget;
}

std::chrono::nanoseconds duration_of(const std::string& flag, const std::string& text) {
  constexpr double most_seconds = 366.0 * 86'400;
  std::string_view rest = text;
  const auto number = take_number(rest);
  double unit = 0;
  if (rest.empty() || rest == "s") unit = 1;
  if (rest == "m" || rest == "min") unit = 60;
  if (rest == "h") unit = 3600;
  if (rest == "d") unit = 86'400;
  if (!number || unit == 0 || *number * unit > most_seconds) refuse_amount(flag, text, "90s, 15m, 8h or 2d");
  return std::chrono::ceil<std::chrono::nanoseconds>(std::chrono::duration<double>(*number * unit));
}

MaxFailures max_failures_of(const std::string& text) {
  constexpr std::string_view forms = "100 (rows) or 5% (of the rows that have ended)";
  MaxFailures result;
  std::string_view rest = text;
  if (text == "0") {
    result.rows = 0;
    return result;
  }
  const auto number = take_number(rest);
  if (!number) refuse_amount("--max-failures", text, forms);
  if (rest == "%" && *number <= 100) {
    result.share = *number / 100;
  } else if (rest.empty() && *number == std::floor(*number) && *number < 1e15) {
    result.rows = static_cast<std::uint64_t>(*number);
  } else {
    refuse_amount("--max-failures", text, forms);
  }
  return result;
}

char delimiter_of(const std::string& name) {
  if (name.empty()) return 0;
  if (name == "tab" || name == "\\t") return '\t';
  constexpr std::string_view others = "\"\r\n";
  if (name.size() == 1 && others.find(name.front()) == std::string_view::npos) return name.front();
  throw Error(ErrorKind::configuration,
              "--delimiter is one character that is no quotation mark or line end, e.g. ';', or tab");
}

}  // namespace headway::job
