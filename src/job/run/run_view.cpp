#include "job/run/run_view.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "job/report/human.hpp"
#include "job/report/live_view.hpp"
#include "job/report/say.hpp"
#include "job/report/terminal_text.hpp"

namespace headway::job {
namespace {

using namespace std::chrono_literals;
using ViewClock = std::chrono::steady_clock;

constexpr auto between_lines = 10s;
constexpr auto between_frames = 250ms;

std::size_t terminal_width() {
  winsize size{};
  constexpr std::size_t usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

void say_line(const std::string& line) {
  say(stderr, line + '\n');
}

}  // namespace

RunView::RunView(Progress progress, std::uint64_t projected_rows, RunObserver* other)
    : progress_(progress),
      other_(other),
      terminal_(progress == Progress::automatic && isatty(STDERR_FILENO) == 1),
      projection_(projected_rows) {}

void RunView::reading(std::uint64_t rows) {
  if (other_) other_->reading(rows);
  if (progress_ == Progress::none || progress_ == Progress::json) return;
  const auto now = ViewClock::now();
  const bool first = next_line_ == ViewClock::time_point();
  if (now < next_line_) return;
  next_line_ = now + (terminal_ ? between_frames : between_lines);
  const auto text = fmt::format("reading the input: {} so far", counted(rows, "row"));
  if (terminal_) return redraw({text});
  if (!first) say_line(text);  // a small input is read at once
}

void RunView::checked(const InputCheck& check) {
  if (drawn_ > 0) redraw({});
  next_line_ = {};
  if (progress_ == Progress::none || progress_ == Progress::json) return;
  if (check.bad_rows > 0)
    say_line(fmt::format("{} cannot be sent, and will be recorded as failed", counted(check.bad_rows, "row")));
}

void RunView::resumed(const Recovery& recovery, const ResumeCounts& counts) {
  if (progress_ == Progress::none || progress_ == Progress::json) return;
  const auto tell = [](std::uint64_t rows, const char* what) {
    if (rows > 0) say_line(fmt::format("{} {}", counted(rows, "row"), what));
  };
  if (recovery.rebuilt)
    say_line("The journal was gone: it is rebuilt from the output, without costs, attempts and times");
  tell(counts.finished, "done before");
  tell(counts.failed, "failed before ('headway retry' sends them again)");
  tell(counts.maybe_sent + counts.maybe_sent_again, "may have been sent before and not ended: perhaps billed twice");
  if (recovery.has_strangers[0] || recovery.has_strangers[1]) {
    say_line("The output has lines that are none of this run's: they are kept in a copy, which ends in .damaged");
  }
  tell(recovery.cut_lines, "of the output do not say whose they are, and were dropped: perhaps billed twice");
  tell(counts.lost, "have lost their answers with the output");
  tell(counts.moved, "stand elsewhere in the input than before");
  tell(counts.gone, "are no longer in the input; their answers stay in the output");
}

void RunView::note(std::string_view sentence) {
  const bool nobody_reads = progress_ == Progress::json || (progress_ == Progress::none && other_);
  if (!nobody_reads) say_line(std::string(sentence));
}

void RunView::ended(const Record& record) {
  if (is_answered(record)) projection_.add(record.usage, record.cost);
}

bool RunView::wants_stop() const {
  return other_ && other_->wants_stop();
}

void RunView::progress(const RunFigures& figures, const RunFacts& facts) {
  show(figures, facts);
  if (other_) other_->progress(figures, facts);
}

void RunView::show(const RunFigures& figures, const RunFacts& facts) {
  const bool last = facts.end != RunEnd::running;
  if (progress_ == Progress::none) return;
  if (terminal_) return draw(figures, facts);
  if (!last && !facts.next.empty() && progress_ != Progress::json && !std::exchange(told_next_, true))
    say_line(facts.next);
  const auto now = ViewClock::now();
  const bool first = next_line_ == ViewClock::time_point();
  const bool every_time = progress_ == Progress::json;
  if (!last && !every_time && now < next_line_) return;
  next_line_ = now + between_lines;
  if (progress_ == Progress::json) return say_line(progress_json(figures, facts));
  if (!first && !last) say_line(progress_line(figures, facts));
}

void RunView::draw(const RunFigures& figures, const RunFacts& facts) {
  auto lines = live_lines(figures, facts, terminal_width());
  if (facts.end == RunEnd::running && !facts.next.empty()) lines.push_back(fitted(facts.next, terminal_width()));
  redraw(lines);
}

void RunView::redraw(const std::vector<std::string>& lines) {
  std::string text;
  if (drawn_ > 0) text += fmt::format("\033[{}F", drawn_);  // to the first of them
  for (const auto& line : lines) text += terminal_text(line) + "\033[K\n";
  text += "\033[J";
  drawn_ = lines.size();
  std::fputs(text.c_str(), stderr);
}

}  // namespace headway::job
