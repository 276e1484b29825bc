#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "command.hpp"
#include "job/answer/judge.hpp"
#include "job/report/figures_json.hpp"
#include "job/report/human.hpp"
#include "job/report/last_words.hpp"
#include "job/report/say.hpp"
#include "job/store/journal_view.hpp"

namespace headway::cli {
namespace {

std::uint64_t rows_in(const job::RunStatus& status, job::RowState state) {
  const auto found = status.by_state.find(state);
  return found == status.by_state.end() ? 0 : found->second;
}

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string hour_of(double seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(seconds)));
}

std::string where_it_stands(const job::RunStatus& status) {
  if (status.alive)
    return fmt::format("running since {} (process {} on {})", hour_of(status.started), status.pid, status.host);
  if (status.has_ended) {
    const auto colon = status.end.find(':');
    const auto how = status.end.empty() ? "ended" : status.end.substr(0, colon);
    return fmt::format("{} at {}{}", how, hour_of(status.ended),
                       colon == std::string::npos ? std::string() : status.end.substr(colon));
  }
  return fmt::format("was killed (it began at {}); the same command goes on where it was", hour_of(status.started));
}

std::uint64_t rows_ended(const job::RunStatus& status) {
  return rows_in(status, job::RowState::done) + rows_in(status, job::RowState::failed) +
         rows_in(status, job::RowState::invalid);
}

/// None: not known, as in a journal that was rebuilt, or of rows that --limit leaves out now.
std::optional<std::uint64_t> rows_left(const job::RunStatus& status) {
  const auto ended = rows_ended(status);
  return status.rows >= ended && status.rows > 0 ? std::optional(status.rows - ended) : std::nullopt;
}

/// What the rows that are left were told, if they may wait for that; of a run that has ended, that it had so far.
std::optional<job::Words> words_waited_for(const job::RunStatus& status) {
  return rows_left(status).value_or(1) > 0 ? job::words_of(status.last_words) : std::nullopt;
}

std::string left_text(const job::RunStatus& status, std::uint64_t left) {
  const auto passed = unix_now() - status.started;
  if (!status.alive || status.ended_now == 0 || passed <= 0) return job::grouped(left);
  const auto rate = static_cast<double>(status.ended_now) / passed;
  return fmt::format("{} at {} rows/s: {}", job::grouped(left), job::shortened(rate),
                     job::duration_text(std::chrono::duration<double>(static_cast<double>(left) / rate)));
}

std::string text_of(const job::RunStatus& status) {
  std::string text;
  const auto add = [&text]<class... Values>(fmt::format_string<const Values&...> form, const Values&... values) {
    text += fmt::format(form, values...) + '\n';
  };
  add("{}", where_it_stands(status));
  const auto left = rows_left(status);
  add("done      {}{}", job::grouped(rows_in(status, job::RowState::done)),
      left ? " of " + job::grouped(status.rows) : std::string());
  for (const auto& [verdict, rows] : status.by_verdict) {
    if (verdict != job::Verdict::usable && rows > 0) add("          {} {}", job::grouped(rows), to_string(verdict));
  }
  add("failed    {}", job::grouped(rows_in(status, job::RowState::failed)));
  for (const auto& [kind, rows] : status.failed_by_kind) add("          {} {}", job::grouped(rows), kind);
  if (const auto invalid = rows_in(status, job::RowState::invalid)) add("invalid   {}", job::grouped(invalid));
  if (status.maybe_billed > 0) add("          {} failed and may have been billed", job::grouped(status.maybe_billed));
  if (left.value_or(0) > 0) add("left      {}", left_text(status, *left));
  if (const auto words = words_waited_for(status)) add("waits     after {}", job::words_text(*words, unix_now()));
  if (status.in_doubt > 0) {
    add("in doubt  {} may have been sent and not ended: the next start sends them again, perhaps billed twice",
        job::grouped(status.in_doubt));
  }
  if (status.waiting > 0) add("waiting   {} for their turn in the output", job::grouped(status.waiting));
  if (status.gone > 0) add("gone      {} that the input no longer has", job::grouped(status.gone));
  add("tokens    {} in, {} out", job::shortened(static_cast<double>(status.usage.prompt_tokens)),
      job::shortened(static_cast<double>(status.usage.completion_tokens)));
  if (status.cost > Money()) add("cost      {}", job::dollars_text(status.cost));
  return text;
}

std::string json_of(const job::RunStatus& status) {
  boost::json::object all;
  all["running"] = status.alive;
  all["end"] = status.alive || !status.has_ended ? "" : status.end;
  all["rows"] = status.rows > 0 ? boost::json::value(status.rows) : boost::json::value();
  const auto left = rows_left(status);
  all["left"] = left ? boost::json::value(*left) : boost::json::value();
  const auto words = words_waited_for(status);
  all["waits_after"] = job::words_value(words ? &*words : nullptr, unix_now());
  all["in_doubt"] = status.in_doubt;
  all["done"] = rows_in(status, job::RowState::done);
  all["failed"] = rows_in(status, job::RowState::failed);
  all["invalid"] = rows_in(status, job::RowState::invalid);
  boost::json::object by_kind;
  for (const auto& [kind, rows] : status.failed_by_kind) by_kind[kind] = rows;
  all["failed_by_kind"] = std::move(by_kind);
  boost::json::object answers;
  for (const auto& [verdict, rows] : status.by_verdict) answers[to_string(verdict)] = rows;
  all["answers"] = std::move(answers);
  all["maybe_billed"] = status.maybe_billed;
  all["prompt_tokens"] = status.usage.prompt_tokens;
  all["completion_tokens"] = status.usage.completion_tokens;
  all["cost_usd"] = status.priced > 0 ? boost::json::value(status.cost.dollars()) : boost::json::value();
  all["starts"] = status.runs;
  all["pid"] = status.pid;
  return boost::json::serialize(all);
}

}  // namespace

void add_status(CLI::App& program) {
  auto* command = program.add_subcommand("status", "What a run, alive or dead, has done");
  const auto flags = std::make_shared<LookFlags>();
  add_look(*command, *flags);
  command->callback([flags] {
    const auto status = job::read_status(job::StorePaths(flags->output));
    flags->json ? fmt::print("{}\n", json_of(status)) : job::say(stdout, text_of(status));
  });
}

}  // namespace headway::cli
