#include "wire/retry_advice.hpp"

#include <clocale>
#include <string>

#include <gtest/gtest.h>

#include "wire/http_date.hpp"

namespace headway::wire {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds example = sys_days(std::chrono::November / 6 / 1994) + 8h + 49min + 37s;

std::optional<milliseconds> wait_after(const std::string& retry_after, sys_seconds now = example) {
  HeaderList headers;
  headers.add("Retry-After", retry_after);
  return retry_advice(headers, now).wait;
}

TEST(RetryAdvice, IsNothingWithoutHeaders) {
  const auto advice = retry_advice({}, example);
  EXPECT_EQ(advice.wait, std::nullopt);
  EXPECT_EQ(advice.should_retry, std::nullopt);
}

TEST(RetryAdvice, ReadsSeconds) {
  const std::pair<const char*, milliseconds> cases[] = {
      {"0", 0ms},      {"1", 1s},      {"20", 20s},    {" 20\t", 20s}, {"0.5", 500ms}, {"1.0004", 1001ms},
      {"0.0001", 1ms}, {"36000", 10h}, {"1e3", 1000s}, {"-0", 0ms},    {"007", 7s},    {"31536000", 8760h},
  };
  for (const auto& [text, wait] : cases) EXPECT_EQ(wait_after(text), wait) << text;
}

TEST(RetryAdvice, NonsenseCountsAsAbsent) {
  for (const char* text :
       {"", " ", "soon", "-1", "-0.5", "nan", "inf", "-inf", "infinity", "1e400", "1e300", "9223372036855", "20 s",
        "20,5", "0x10", "+5", "1 2", "Sun, 06 Nov", "99999999999999999999"}) {
    EXPECT_EQ(wait_after(text), std::nullopt) << text;
  }
}

TEST(RetryAdvice, KeepsTheLongestWaitThatAClockCanHold) {
  EXPECT_EQ(wait_after("9223372036"), 9223372036s);
}

TEST(RetryAdvice, MillisecondsComeFirst) {
  HeaderList headers;
  headers.add("retry-after", "20");
  headers.add("Retry-After-Ms", "150");
  EXPECT_EQ(retry_advice(headers, example).wait, 150ms);
}

TEST(RetryAdvice, MillisecondsMayBeFractional) {
  HeaderList headers;
  headers.add("retry-after-ms", "0.2");
  EXPECT_EQ(retry_advice(headers, example).wait, 1ms);
}

TEST(RetryAdvice, NonsenseInMillisecondsLeavesItToSeconds) {
  HeaderList headers;
  headers.add("retry-after-ms", "-3");
  headers.add("retry-after", "20");
  EXPECT_EQ(retry_advice(headers, example).wait, 20s);
}

TEST(RetryAdvice, ReadsADateInAllFormats) {
  const auto now = example - 90s;
  EXPECT_EQ(wait_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 90s);
  EXPECT_EQ(wait_after("Sunday, 06-Nov-94 08:49:37 GMT", now), 90s);
  EXPECT_EQ(wait_after("Sun Nov  6 08:49:37 1994", now), 90s);
}

TEST(RetryAdvice, ADateThatHasPassedIsAWaitOfZero) {
  EXPECT_EQ(wait_after("Sun, 06 Nov 1994 08:49:37 GMT", example + 1s), 0ms);
  EXPECT_EQ(wait_after("Thu, 01 Jan 1970 00:00:00 GMT"), 0ms);
}

TEST(RetryAdvice, ADateCountsFromNowToTheMillisecond) {
  HeaderList headers;
  headers.add("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(retry_advice(headers, example - 1s + 250ms + 1us).wait, 750ms);
}

TEST(RetryAdvice, KeepsTenHoursAndMore) {
  EXPECT_EQ(wait_after("Sun, 06 Nov 1994 18:49:37 GMT"), 10h);
  EXPECT_GT(wait_after("Fri, 31 Dec 9999 23:59:59 GMT"), 24h * 365 * 8000);
}

TEST(RetryAdvice, DoesNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, locale) == nullptr) continue;
    EXPECT_EQ(wait_after("0.5"), 500ms);
    EXPECT_EQ(wait_after("Sun, 06 Nov 1994 08:49:38 GMT"), 1s);
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST(RetryAdvice, ReadsWhetherToRetry) {
  const std::pair<const char*, std::optional<bool>> cases[] = {
      {"true", true}, {" false ", false}, {"", std::nullopt}, {"1", std::nullopt}, {"maybe", std::nullopt}};
  for (const auto& [text, should_retry] : cases) {
    HeaderList headers;
    headers.add("x-should-retry", text);
    EXPECT_EQ(retry_advice(headers, example).should_retry, should_retry) << text;
  }
}

TEST(HttpDate, RefusesWhatIsNone) {
  for (const char* text : {
           "",
           "Sun, 06 Nov 1994 08:49:37",
           "Sun, 06 Nov 1994 08:49:37 CET",
           "Sun, 31 Feb 1994 08:49:37 GMT",
           "Sun, 00 Nov 1994 08:49:37 GMT",
           "Sun, 06 Nob 1994 08:49:37 GMT",
           "Sun, 06 anF 1994 08:49:37 GMT",
           "Sun, 06 Nov 1994 24:00:00 GMT",
           "Sun, 06 Nov 1994 08:60:37 GMT",
           "Sun, 06 Nov 1994 08:49:61 GMT",
           "Sun, 06 Nov 194 08:49:37 GMT",
           "Sun, 06 Nov 19940 08:49:37 GMT",
           "Sun, x6 Nov 1994 08:49:37 GMT",
           "Sun, 06 Nov 1994 08:49:37 GMT GMT",
           "Sun Nov 6 08:49:37 1994 1994 1994 1994 1994",
           "a b c d e f g",
       }) {
    EXPECT_EQ(http_date(text, example), std::nullopt) << text;
  }
}

TEST(HttpDate, AllowsALeapSecond) {
  EXPECT_EQ(http_date("Sat, 31 Dec 2016 23:59:60 GMT", example), sys_days(std::chrono::January / 1 / 2017));
}

TEST(HttpDate, AYearOfTwoDigitsIsNeverMoreThanFiftyYearsAhead) {
  const auto year_seen_in = [](const char* text, int this_year) {
    const auto now = sys_days(std::chrono::year(this_year) / 6 / 1);
    return static_cast<int>(std::chrono::year_month_day(floor<std::chrono::days>(*http_date(text, now))).year());
  };
  EXPECT_EQ(year_seen_in("Sunday, 06-Nov-94 08:49:37 GMT", 1994), 1994);
  EXPECT_EQ(year_seen_in("Sunday, 06-Nov-94 08:49:37 GMT", 2026), 1994);
  EXPECT_EQ(year_seen_in("Sunday, 06-Nov-76 08:49:37 GMT", 2026), 2076);
  EXPECT_EQ(year_seen_in("Sunday, 06-Nov-77 08:49:37 GMT", 2026), 1977);
  EXPECT_EQ(year_seen_in("Sunday, 06-Nov-27 08:49:37 GMT", 2026), 2027);
}

}  // namespace
}  // namespace headway::wire
