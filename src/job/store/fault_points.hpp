#pragma once

#include <array>
#include <string_view>

namespace headway::job {

/// The steps at which a test build (HEADWAY_FAULT_POINTS) can be made to die, in the order a run comes by them.
/// HEADWAY_FAULT=after_commit:3 in the environment: SIGKILL when that step is passed the third time. after_commit:3:TERM:
/// that signal instead (INT, TERM or HUP); after_commit:3:memory: std::bad_alloc; after_commit:3:hold: its thread waits until
/// there is a file that HEADWAY_FAULT_GATE names.
inline constexpr auto fault_points = std::to_array<std::string_view>({
    "tail_cut",            // a torn line is off, the journal not yet right
    "resume_applied",      // what was found at the start is in the journal
    "rewrite_written",     // the new file is whole beside the old one
    "rewrite_journaled",   // the journal has its offsets, the old file is still in place
    "rewrite_renamed",     // the new file is in place, the journal not yet told
    "before_write",        // lines are gathered, nothing is written
    "inside_line",         // half of what was to be written is
    "after_line_written",  // all is written, nothing is journaled
    "after_sync",          // the same, and synced (durability power only)
    "before_commit",       // the transaction is filled
    "after_commit",        // committed, nobody told
    "after_told",          // the runner knows
});

/// The same of a run around its store.
inline constexpr auto run_fault_points = std::to_array<std::string_view>({
    "files_held",    // lock and journal are this run's, nothing is known of the rows
    "session_made",  // signals are heard, no row is with the provider
    "row_ended",     // an answer has come, and is not with the store
    "judging",       // the same, and it is judged on another thread; only an answer that takes long passes here
    "all_ended",     // no row is with the provider any more
    "store_closed",  // all is durable, nothing told
});

#ifdef HEADWAY_FAULT_POINTS
/// Dies here if the environment says so.
void fault_point(std::string_view name);
/// Whether fault_point(name) would die now; counts as passing it.
bool fault_due(std::string_view name);
#else
inline void fault_point(std::string_view) {}
inline bool fault_due(std::string_view) {
  return false;
}
#endif

}  // namespace headway::job
