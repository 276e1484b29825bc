#pragma once

#include <filesystem>
#include <string>

#include "job/store/paths.hpp"
#include "job/store/posix_file.hpp"

namespace headway::job {

/// Keeps a second run off the same output. Goes with its process, however that ends: a stale file is no obstacle.
class Lock {
 public:
  /// Throws an Error that names the process, host and start of the run that holds it.
  explicit Lock(const std::filesystem::path& path);
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = default;
  ~Lock();

 private:
  PosixFile file_;
};

/// Throws an Error if a run holds one of the outputs: the file above may have been removed by hand.
void check_not_held(const StorePaths& paths);

/// Locks an output that is open for writing, until it is closed. Throws an Error if
/// a run holds it; what cannot be locked stays unlocked.
void hold_output(const PosixFile& file);

/// Whether a run holds the file now: its lock or an output. Takes nothing, so a run that starts meanwhile is not disturbed.
bool is_locked(const std::filesystem::path& path);

}  // namespace headway::job
