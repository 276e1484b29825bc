#include "bench_report.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::cli {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::pair<const char*, double> shown_percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}};

double per(double amount, double of) {
  return of > 0 ? amount / of : 0;
}

double calls_per_s(const BenchReport& report) {
  return per(static_cast<double>(report.tally.ok()), report.wall.count());
}

double tokens_per_s(const BenchReport& report) {
  return per(static_cast<double>(report.tally.usage().completion_tokens), report.wall.count());
}

double cpu_us_per_call(const BenchReport& report) {
  return per(report.cpu.count() * 1e6, static_cast<double>(report.tally.calls()));
}

std::string line_of(const char* name, const Histogram& histogram) {
  if (histogram.count() == 0) return "";
  auto line = fmt::format("{:<13}", name);
  for (const auto& [label, percent] : shown_percentiles) {
    line += fmt::format("{} {:.2f} ms, ", label, Milliseconds(histogram.percentile(percent)).count());
  }
  return line + fmt::format("max {:.2f} ms\n", Milliseconds(histogram.max()).count());
}

/// Adds one field after the other; names and values need no escapes.
class JsonObject {
 public:
  void add(std::string_view name, std::string_view value) {
    fields_ += fmt::format("{}\"{}\": {}", fields_.empty() ? "" : ", ", name, value);
  }
  void add(std::string_view name, double value) { add(name, std::string_view(fmt::format("{:.3f}", value))); }
  void add_count(std::string_view name, std::uint64_t value) { add(name, std::string_view(fmt::format("{}", value))); }

  std::string text() const { return "{" + fields_ + "}"; }

 private:
  std::string fields_;
};

std::string milliseconds_of(const Histogram& histogram) {
  if (histogram.count() == 0) return "null";
  JsonObject object;
  for (const auto& [label, percent] : shown_percentiles) {
    object.add(label, Milliseconds(histogram.percentile(percent)).count());
  }
  object.add("max", Milliseconds(histogram.max()).count());
  return object.text();
}

std::string failures_of(const Tally& tally) {
  JsonObject object;
  for (const auto& [kind, count] : tally.failed_by_kind()) object.add_count(to_string(kind), count);
  return object.text();
}

std::string seconds_of(const LimitsLog& limits) {
  JsonObject object;
  for (const auto& [limit, seconds] : limits.time().seconds()) object.add(to_string(limit), seconds);
  return object.text();
}

}  // namespace

std::string BenchReport::text() const {
  auto text = fmt::format("calls        {} ok, {} failed, {} sent again{}\n", tally.ok(), tally.failed(),
                          tally.retries(), interrupted ? "; interrupted" : "");
  for (const auto& [kind, count] : tally.failed_by_kind()) text += fmt::format("  {} {}\n", to_string(kind), count);
  text += fmt::format("time         {:.2f} s\n", wall.count());
  text += fmt::format("throughput   {:.1f} calls/s, {:.1f} tokens/s\n", calls_per_s(*this), tokens_per_s(*this));
  text += line_of("latency", tally.latency());
  text += line_of("first token", tally.first_token());
  text += line_of("next token", tally.between_tokens());
  text += fmt::format("in flight    {} at the most\n", tally.peak_in_flight());
  text += fmt::format("connections  {} opened", connections);
  if (shed > 0) text += fmt::format("; {} could not be, for want of descriptors or ports (see ulimit -n)", shed);
  text += '\n';
  if (const auto limited_by = limits.time().shares(); !limited_by.empty()) {
    text += fmt::format("limited by   {}\n", limited_by);
  }
  text += fmt::format("CPU          {:.1f} us a call\n", cpu_us_per_call(*this));
  text += fmt::format("memory       {:.1f} MB at the most\n", peak_rss_mb);
  text += fmt::format("threads      {}\n", threads);
  return text;
}

std::string BenchReport::json() const {
  JsonObject object;
  object.add_count("ok", tally.ok());
  object.add_count("failed", tally.failed());
  object.add("failed_by_kind", failures_of(tally));
  object.add_count("retries", tally.retries());
  object.add("interrupted", interrupted ? "true" : "false");
  object.add("wall_s", wall.count());
  object.add("calls_per_s", calls_per_s(*this));
  object.add_count("prompt_tokens", static_cast<std::uint64_t>(tally.usage().prompt_tokens));
  object.add_count("completion_tokens", static_cast<std::uint64_t>(tally.usage().completion_tokens));
  object.add("tokens_per_s", tokens_per_s(*this));
  object.add("latency_ms", milliseconds_of(tally.latency()));
  object.add("first_token_ms", milliseconds_of(tally.first_token()));
  object.add("between_tokens_ms", milliseconds_of(tally.between_tokens()));
  object.add_count("peak_in_flight", tally.peak_in_flight());
  object.add_count("connections", connections);
  object.add_count("connections_shed", shed);
  object.add("limited_by_s", seconds_of(limits));
  object.add("cpu_us_per_call", cpu_us_per_call(*this));
  object.add("peak_rss_mb", peak_rss_mb);
  object.add_count("threads", static_cast<std::uint64_t>(threads));
  return object.text() + '\n';
}

std::string progress_line(const Tally& tally, const LimitsLog& limits, std::chrono::duration<double> since_start) {
  const auto done = static_cast<double>(tally.calls());
  const auto limited_by = limits.now();
  return fmt::format("{:.0f} s: {} ok, {} failed, {} in flight, {:.0f} calls/s{}{}", since_start.count(), tally.ok(),
                     tally.failed(), tally.in_flight(), per(done, since_start.count()),
                     limited_by.empty() ? "" : ", limited by ", limited_by);
}

}  // namespace headway::cli
