#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <headway/response.hpp>

#include "base/money.hpp"
#include "job/record.hpp"
#include "job/store/paths.hpp"

namespace headway::job {

/// What a run has done so far, alive or dead.
struct RunStatus {
  RunStatus() {}

  std::map<RowState, std::uint64_t> by_state;
  std::map<Verdict, std::uint64_t> by_verdict;  ///< of the rows that are done
  std::map<std::string, std::uint64_t> failed_by_kind;
  std::uint64_t maybe_billed = 0;          ///< of the failed rows
  std::uint64_t waiting = 0;               ///< done, and not yet in the ordered output
  std::uint64_t gone = 0;                  ///< not counted above: the input no longer has them
  Usage usage;                             ///< of all rows, those that are gone too, and of all their sendings
  Money cost;                              ///< the same
  std::uint64_t priced = 0;                ///< rows whose cost is known
  std::optional<std::uint64_t> sent_upto;  ///< the highest row that may have been sent
  std::uint64_t rows = 0;                  ///< of the input, as the last start selected them; 0: not known
  std::uint64_t in_doubt = 0;              ///< sent, and no end of them is known; 0 while a run is alive
  std::uint64_t ended_now = 0;             ///< by the last start
  std::string end;                         ///< of the last start, for people; empty: it has not ended, or was killed
  std::string last_words;                  ///< as given to Store::set_last_words() in the last start
  std::string run_settings;                ///< as given to Journal::set_setting("run", ...)
  std::uint64_t runs = 0;
  double started = 0;  ///< the last run: seconds since 1970
  double ended = 0;
  bool has_ended = false;  ///< false: it runs, or was killed
  std::int64_t pid = 0;
  std::string host;
  bool alive = false;  ///< a run holds the output now
};

/// Reads the journal while a run may be writing it; disturbs nothing. Throws an Error if there is none.
RunStatus read_status(const StorePaths& paths);

}  // namespace headway::job
