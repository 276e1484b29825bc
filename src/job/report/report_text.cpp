#include "job/report/report_text.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "job/answer/judge.hpp"
#include "job/report/advice.hpp"
#include "job/report/human.hpp"

namespace headway::job {
namespace {

class Lines {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{:<11}{}\n", name, value);
  }
  void add_whole(std::string_view lines) { text_ += lines; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void append(std::string& list, const std::string& item) {
  if (!list.empty() && !item.empty()) list += ", ";
  list += item;
}

std::string rows_text(const RunFigures& figures) {
  const auto& rows = figures.rows();
  const auto done_before = rows.finished_before - rows.failed_before;
  auto text = fmt::format("{} of {} done", grouped(rows.done + done_before), grouped(rows.total));
  if (done_before > 0) text += fmt::format(" ({} before)", grouped(done_before));
  if (rows.failed_before > 0) append(text, grouped(rows.failed_before) + " failed before");
  if (rows.failed > 0) append(text, grouped(rows.failed) + " failed");
  if (rows.unusable > 0) append(text, grouped(rows.unusable) + " not usable");
  if (rows.invalid > 0) append(text, grouped(rows.invalid) + " invalid");
  if (rows.left() > 0) append(text, grouped(rows.left()) + " left");
  return text;
}

std::string head_of(const RunFacts& facts) {
  std::string text(to_string(facts.end));
  if (!facts.reason.empty()) text += ": " + facts.reason;
  return text;
}

std::string tokens_text(const Usage& usage) {
  const auto count = [](std::int64_t tokens) {
    return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, tokens)));
  };
  if (usage.prompt_tokens == 0 && usage.completion_tokens == 0) return "";
  auto text = count(usage.prompt_tokens) + " in";
  if (usage.cached_tokens > 0) text += fmt::format(" ({} cached)", count(usage.cached_tokens));
  text += ", " + count(usage.completion_tokens) + " out";
  if (usage.reasoning_tokens > 0) text += fmt::format(" ({} reasoning)", count(usage.reasoning_tokens));
  return text;
}

std::string cost_text(const RunFigures& figures, const RunFacts& facts) {
  if (!figures.cost_is_known(facts.priced)) {
    if (figures.cost() == Money()) return "not known: the model has no price";
    return fmt::format("{}, and {} without a price", dollars_text(figures.cost()),
                       counted(figures.unpriced(), "answer"));
  }
  auto text = dollars_text(figures.cost());
  if (figures.cost_before() > Money()) {
    text += fmt::format(" now, {} with what was done before", dollars_text(figures.cost() + figures.cost_before()));
  }
  const auto prices = prices_text(facts);
  return prices.empty() ? text : text + ", by " + prices;
}

std::string speed_text(const RunFigures& figures) {
  const double wall = figures.wall().count();
  if (wall <= 0) return "";
  const auto& rows = figures.rows();
  return fmt::format("{} rows/s, {} tokens/s out, {} in flight at the most",
                     shortened(static_cast<double>(rows.done + rows.failed + rows.unusable) / wall),
                     shortened(static_cast<double>(figures.usage().completion_tokens) / wall),
                     grouped(figures.peak_in_flight()));
}

std::string calls_text(const RunFigures& figures) {
  return fmt::format("{} sent, {} of them again, {} refused as too fast", grouped(figures.attempts()),
                     grouped(figures.sent_again()), grouped(figures.refusals()));
}

std::string twice_text(const RunFigures& figures) {
  std::string text;
  if (figures.maybe_sent_twice() > 0) {
    append(text, counted(figures.maybe_sent_twice(), "row") + " may have been sent, and billed, twice");
  }
  if (figures.in_doubt() > 0) append(text, counted(figures.in_doubt(), "row") + " given up, perhaps billed");
  if (figures.maybe_billed() > 0) append(text, counted(figures.maybe_billed(), "failed row") + " may have been billed");
  return text;
}

std::string failures_text(const RunFigures& figures) {
  std::string text;
  for (const auto& [kind, count] : failed_rows(figures)) {
    text += fmt::format("  {:>9} {:<19}{}\n", grouped(count), kind, advice_for(kind));
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> failed_rows(const RunFigures& figures) {
  std::vector<std::pair<std::string, std::uint64_t>> failures(figures.failed_by_kind().begin(),
                                                              figures.failed_by_kind().end());
  if (figures.rows().unusable > 0) failures.emplace_back("unusable", figures.rows().unusable);
  if (figures.rows().invalid > 0) failures.emplace_back("invalid", figures.rows().invalid);
  std::ranges::stable_sort(failures, [](const auto& a, const auto& b) { return a.second > b.second; });
  return failures;
}

std::string choices_text(const RunFigures& figures, const RunFacts& facts) {
  std::string text;
  for (std::size_t i = 0; i < facts.choices.size(); ++i) {
    append(text, fmt::format("{} {}", facts.choices[i], grouped(figures.chosen(i))));
  }
  const auto& rows = figures.rows();
  if (!text.empty() && rows.finished_before > rows.failed_before) text += ", of the rows answered now";
  return text;
}

std::string prices_text(const RunFacts& facts) {
  std::string text;
  for (const auto& source : facts.prices_from) append(text, source);
  return text;
}

std::string percentiles_text(const Histogram& histogram) {
  if (histogram.count() == 0) return "";
  return fmt::format("p50 {}, p90 {}, p99 {}, max {}", latency_text(histogram.percentile(50)),
                     latency_text(histogram.percentile(90)), latency_text(histogram.percentile(99)),
                     latency_text(histogram.max()));
}

std::string unusable_text(const RunFigures& figures) {
  std::string text;
  for (std::size_t i = 1; i < RunFigures::verdicts_count; ++i) {
    const auto count = figures.verdicts()[i];
    if (count > 0) append(text, fmt::format("{} {}", grouped(count), to_string(static_cast<Verdict>(i))));
  }
  return text;
}

std::string stages_text(const RunFigures& figures) {
  using namespace std::chrono_literals;
  const auto& stages = figures.stages();
  std::array<std::pair<const char*, std::chrono::nanoseconds>, 8> parts = {{
      {"waiting for limits", stages.quota},
      {"waiting for a slot", stages.slot},
      {"waiting for a connection", stages.queued},
      {"connecting", stages.connect},
      {"sending", stages.send},
      {"to the first byte", stages.first_byte},
      {"reading", stages.first_token + stages.body},
      {"before retries", stages.backoff},
  }};
  std::ranges::stable_sort(parts, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, time] : parts) {
    const double share =
        stages.total() > 0ns ? static_cast<double>(time.count()) / static_cast<double>(stages.total().count()) : 0;
    if (share >= 0.01) append(text, fmt::format("{} {}", percent_text(share), name));
  }
  return text;
}

std::string limit_used_text(const RunFigures& figures) {
  const auto &requests = figures.requests_limit(), &tokens = figures.tokens_limit();
  std::string text;
  if (const auto share = requests.share()) append(text, percent_text(*share) + " of the requests");
  if (const auto share = tokens.share()) append(text, percent_text(*share) + " of the tokens");
  if (text.empty()) return text;
  text += " that are allowed";
  if (requests.guessed) text += "; requests by a guess from refusals, --rpm sets them";
  if (tokens.guessed) text += "; tokens by a guess from refusals, --tpm sets them";
  return text;
}

std::string report_text(const RunFigures& figures, const RunFacts& facts) {
  Lines lines;
  lines.add("run", head_of(facts));
  lines.add("rows", rows_text(figures));
  lines.add_whole(failures_text(figures));
  lines.add("answers", unusable_text(figures));
  lines.add("choices", choices_text(figures, facts));
  lines.add("tokens", tokens_text(figures.usage()));
  lines.add("cost", cost_text(figures, facts));
  lines.add("note", twice_text(figures));
  for (const auto& sentence : facts.learned) lines.add("note", sentence);
  lines.add("time", duration_text(figures.wall()));
  lines.add("speed", speed_text(figures));
  lines.add("calls", calls_text(figures));
  if (const auto* words = figures.last_words())
    lines.add("waited", "after " + words_text(*words, figures.wall().count()));
  lines.add("latency", percentiles_text(figures.latency()));
  lines.add("first byte", percentiles_text(figures.first_byte()));
  lines.add("stages", stages_text(figures));
  lines.add("limited by", figures.limited().shares());
  lines.add("limit used", limit_used_text(figures));
  lines.add("output", facts.output);
  const bool errors = figures.rows().failed + figures.rows().unusable + figures.rows().invalid > 0;
  if (errors) lines.add("errors", facts.errors);
  lines.add("next", facts.next);
  return lines.take();
}

}  // namespace headway::job
