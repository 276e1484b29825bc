#pragma once

#include <cstdint>
#include <filesystem>

namespace headway::job {

struct Spooled {
  std::uint64_t bytes = 0;     ///< that the file has now
  bool is_an_earlier = false;  ///< nothing came, and the file of an earlier run was left
};

/// Copies `fd` to its end into the file `path`, as the bytes come, so that they can be read more than once: an input from a
/// pipe. The file is there only once it is whole and on the disk (until then it is `path`.part). If nothing comes, or `fd`
/// is a terminal, a file from an earlier run is left as it is: so a run is resumed without its pipe.
/// Throws Error (`configuration`): `fd` is a terminal and there is no such file; the file cannot be written, e.g. the disk is full.
Spooled spool(int fd, const std::filesystem::path& path);

}  // namespace headway::job
