#pragma once

#include <filesystem>
#include <string>

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

/// Whether a run holds it now. Takes nothing, so a run that starts meanwhile is not disturbed.
bool is_locked(const std::filesystem::path& path);

}  // namespace headway::job
