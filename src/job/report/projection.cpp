#include "job/report/projection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "job/report/human.hpp"

namespace headway::job {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double bytes_a_token = 4;
constexpr double usual_output = 256;

// Student's t for 90 %, by its expansion around the normal distribution's 1.645.
double student(std::uint64_t freedom) {
  if (freedom < 2) return 6.314;
  const double f = 1 / static_cast<double>(freedom);
  return 1.645 + f * (1.524 + f * (1.420 + f * 0.983));
}

std::string number(double value) {
  return std::isfinite(value) ? grouped(static_cast<std::uint64_t>(std::max(0.0, std::round(value)))) : "no upper end";
}

std::string money(double dollars) {
  return std::isfinite(dollars) ? dollars_text(Money::of_dollars(dollars)) : "no upper end";
}

std::string line_of(const char* name, const Expected& expected, std::string (*text)(double)) {
  if (expected.low == expected.high) return fmt::format("{:<11}{}\n", name, text(expected.value));
  return fmt::format("{:<11}{}  ({} to {})\n", name, text(expected.value), text(expected.low), text(expected.high));
}

}  // namespace

void Sample::add(double value) {
  ++count_;
  const double off = value - mean_;
  mean_ += off / static_cast<double>(count_);
  squares_ += off * (value - mean_);
}

Expected Sample::sum_of(std::uint64_t total) const {
  const auto n = static_cast<double>(count_), all = static_cast<double>(std::max(total, count_));
  Expected expected;
  expected.value = mean_ * all;
  expected.low = sum();
  if (count_ >= total && count_ > 0) {
    expected.high = expected.low;
  } else if (count_ < 2) {
    expected.high = infinity;
  } else {
    const double variance = squares_ / (n - 1);
    const double error = std::sqrt(variance / n * (1 - n / all)) * all * student(count_ - 1);
    expected.low = std::max(expected.low, expected.value - error);
    expected.high = expected.value + error;
  }
  return expected;
}

void Projection::add(const Usage& usage, Money cost) {
  prompt_tokens_.add(static_cast<double>(usage.prompt_tokens));
  completion_tokens_.add(static_cast<double>(usage.completion_tokens));
  dollars_.add(cost.dollars());
}

std::optional<double> Projection::seconds_left(double rows_per_s) const {
  if (!(rows_per_s > 0)) return std::nullopt;
  return static_cast<double>(total_rows_ - std::min(total_rows_, measured())) / rows_per_s;
}

std::string Projection::time_text(double least, const std::string& earliest, double most, const std::string& latest) {
  const auto shortest = duration_text(std::chrono::duration<double>(least));
  const auto longest = duration_text(std::chrono::duration<double>(most));
  const auto time = shortest == longest ? longest : fmt::format("{} to {}", shortest, longest);
  const auto hour = earliest == latest ? "at " + latest : fmt::format("between {} and {}", earliest, latest);
  return fmt::format("{:<11}{} more, done {}\n", "time", time, hour);
}

std::string Projection::text_with(bool priced, const std::string& time) const {
  if (measured() == 0) return "no row of the pilot was answered: nothing can be said of the rest\n";
  auto text =
      fmt::format("{} of {} measured; all of them will take\n", grouped(measured()), counted(total_rows_, "row"));
  text += line_of("tokens in", prompt_tokens(), number);
  text += line_of("tokens out", completion_tokens(), number);
  text += priced ? line_of("cost", dollars(), money) : fmt::format("{:<11}not known: the model has no price\n", "cost");
  return text + time +
         "Nine times in ten the sum is inside its range, if the rows measured are a random sample of all.\n";
}

void ByteEstimate::add(std::uint64_t prompt_bytes, std::optional<std::int64_t> max_tokens) {
  ++rows_;
  prompt_tokens_ += std::max(1.0, static_cast<double>(prompt_bytes) / bytes_a_token);
  const double most = max_tokens ? static_cast<double>(std::max<std::int64_t>(0, *max_tokens)) : infinity;
  completion_tokens_.value += std::min(usual_output, most);
  completion_tokens_.high += most;
  if (!max_tokens) ++without_max_;
}

Expected ByteEstimate::dollars(const Price& price) const {
  const double in = prompt_tokens_ * price.in.dollars(), out = price.out.dollars();
  const auto with = [&](double tokens) { return out > 0 ? in + tokens * out : in; };
  return {with(completion_tokens_.value), with(completion_tokens_.low), with(completion_tokens_.high)};
}

std::string ByteEstimate::text(const std::optional<Prices>& prices) const {
  auto text = fmt::format("{} not sent; an estimate\n", counted(rows_, "row"));
  text += fmt::format("{:<11}{}  (four bytes a token)\n", "tokens in", number(prompt_tokens_));
  text += line_of("tokens out", completion_tokens_, number);
  text += prices ? line_of("cost", dollars(prices->standard), money)
                 : fmt::format("{:<11}not known: the model has no price\n", "cost");
  if (prices) text += fmt::format("{:<11}{}\n", "prices", prices->source);
  if (without_max_ > 0) {
    text += fmt::format(
        "{} without max_tokens, whose answers may be of any length: set --max-tokens, or measure with --pilot.\n",
        counted(without_max_, "row"));
  }
  return text;
}

}  // namespace headway::job
