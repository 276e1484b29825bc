#include "call/metrics.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace headway::call {
namespace {

/// Metrics, one family after the other.
class MetricsText {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP headway_{0} {2}\n# TYPE headway_{0} {1}\n", name, type, help);
  }
  template <class Number>
  void sample(std::string_view labels, Number value) {
    fmt::format_to(std::back_inserter(text_), "headway_{}{} {}\n", name_, labels, value);
  }
  template <class Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    family(name, "counter", help);
    sample("", value);
  }
  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    family(name, "gauge", help);
    sample("", value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

std::string label_value(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
  }
  return text;
}

std::string labels_of(const ModelSpend& row) {
  return fmt::format(R"({{endpoint="{}",model="{}",service_tier="{}"}})", label_value(row.endpoint),
                     label_value(row.model), label_value(row.service_tier));
}

void add_calls(MetricsText& text, const ClientStats& stats) {
  text.gauge("calls_in_flight", "Calls begun and not ended.", stats.calls_in_flight);
  text.gauge("calls_waiting", "Of these, calls that are not sent yet, or not again.", stats.calls_waiting);
  text.counter("calls_ended_total", "Calls answered, failed or cancelled.", stats.calls_ended);
  text.counter("attempts_total", "Requests sent or tried to send.", stats.attempts);
  text.counter("refusals_total", "Requests refused as too fast, or for want of room.", stats.refusals);
  text.gauge("connections_open", "Connections, idle ones too.", stats.connections_open);
  text.counter("connections_opened_total", "Connections made.", stats.connections_opened);
}

void add_limits(MetricsText& text, const ClientStats& stats) {
  text.family("limited_by", "gauge", "What limits the calls now: 1 of that reason.");
  text.sample(fmt::format(R"({{reason="{}"}})", to_string(stats.limited_by)), 1);
  text.gauge("requests_per_minute", "Requests sent, by the last 10 to 20 s.", stats.requests_per_minute);
  text.gauge("tokens_per_minute", "Tokens used, by the last 10 to 20 s.", stats.tokens_per_minute);
  if (stats.requests_per_minute_allowed > 0) {
    text.gauge("requests_per_minute_allowed", "Requests that the provider allows.", stats.requests_per_minute_allowed);
  }
  if (stats.tokens_per_minute_allowed > 0) {
    text.gauge("tokens_per_minute_allowed", "Tokens that the provider allows.", stats.tokens_per_minute_allowed);
  }
  if (stats.concurrency_limit > 0) {
    text.gauge("concurrency_limit", "Calls in flight at the most.", stats.concurrency_limit);
  }
}

void add_tokens(MetricsText& text, const std::vector<ModelSpend>& spend, std::string_view name, std::string_view help,
                std::int64_t Usage::*count) {
  text.family(name, "counter", help);
  for (const auto& row : spend) text.sample(labels_of(row), row.usage.*count);
}

void add_spend(MetricsText& text, const std::vector<ModelSpend>& spend) {
  text.family("billed_attempts_total", "counter", "Attempts that used something.");
  for (const auto& row : spend) text.sample(labels_of(row), row.calls);
  add_tokens(text, spend, "prompt_tokens_total", "Tokens of prompts, cached ones too.", &Usage::prompt_tokens);
  add_tokens(text, spend, "cached_tokens_total", "Of the prompts' tokens, those cached.", &Usage::cached_tokens);
  add_tokens(text, spend, "completion_tokens_total", "Tokens of answers.", &Usage::completion_tokens);
  add_tokens(text, spend, "reasoning_tokens_total", "Of the answers' tokens, reasoning.", &Usage::reasoning_tokens);
  text.family("cost_dollars_total", "counter", "Cost of models that have a price.");
  for (const auto& row : spend) {
    if (row.cost) text.sample(labels_of(row), *row.cost);
  }
}

}  // namespace

std::string prometheus_text(const ClientStats& stats, const std::vector<ModelSpend>& spend) {
  MetricsText text;
  add_calls(text, stats);
  add_limits(text, stats);
  add_spend(text, spend);
  return text.take();
}

}  // namespace headway::call
