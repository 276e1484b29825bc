#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/error.hpp>

namespace headway::job {

/// Why attempts were made again: what the server said, or if no answer came what became of them.
struct Words {
  Words() {}

  int status = 0;           ///< HTTP; 0: no answer came
  std::string kind;         ///< ErrorKind's name
  std::string text;         ///< one line, without key and prompt; empty: the server gave a status and no words
  std::uint64_t times = 0;  ///< so many attempts met the same, numbers and ids in it aside
  double at = 0;            ///< when the last one did, in seconds on the clock of whoever keeps them
};

/// Keeps what was said of late. Has no clock: it is told the time.
class LastWords {
 public:
  void said(const ErrorInfo& why, double at);
  /// Null: nothing was.
  const Words* last() const { return kept_.empty() ? nullptr : &kept_.back().words; }

 private:
  struct Kept {
    std::string alike;
    Words words;
  };
  std::vector<Kept> kept_;  // the last is the one said last
};

/// "HTTP 429, 12 times, the last 3 s ago: Rate limit reached". `now`: on the clock of Words::at.
std::string words_text(const Words& words, double now);

/// As the journal keeps them, and back; nothing of what is none.
std::string words_json(const Words& words);
std::optional<Words> words_of(std::string_view json);

}  // namespace headway::job
