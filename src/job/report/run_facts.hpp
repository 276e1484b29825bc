#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::job {

enum class RunEnd {
  finished,     ///< every row has ended
  interrupted,  ///< by a signal
  stopped,      ///< by itself: a wrong key, a budget, too many failures, a full disk
  running,      ///< it has not ended: a look at it from outside
};

/// "finished", "interrupted", "stopped" or "running".
std::string_view to_string(RunEnd end) noexcept;

/// What a report says of a run besides its figures. Free text: it is escaped where that is needed.
struct RunFacts {
  RunFacts() {}

  RunEnd end = RunEnd::finished;
  int signal = 0;      ///< that interrupted it; 0: none
  std::string reason;  ///< why it stopped, one sentence; empty: nothing to say
  std::string next;    ///< what to do now, e.g. the command that goes on; empty: follows from the figures
  std::string input;   ///< a file's name, or "-"
  std::string output;
  std::string errors;                ///< the errors file; empty: there is none
  std::string started_at;            ///< local time, for people
  std::vector<std::string> learned;  ///< what the models refused, and how it was sent instead, one sentence each
  bool priced = true;                ///< the model has a price; else no cost is shown
  /// Where the prices stand that answers were charged at, e.g. "published prices of 2026-11-30".
  std::vector<std::string> prices_from;
  std::vector<std::string> choices;  ///< whose counts are told; empty: any text was an answer
  /// In the order to be shown. The values of those named for a key or a password, and what a URL has before its "@", are
  /// not shown.
  std::vector<std::pair<std::string, std::string>> settings;
  bool shows_prompts = false;  ///< else those of `--prompt`, `--system` and `--set` are not shown either
};

/// The settings as they may be shown.
std::vector<std::pair<std::string, std::string>> shown_settings(const RunFacts& facts);

}  // namespace headway::job
