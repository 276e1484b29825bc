#include "base/file_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace headway {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // where this is refused, the old limit still holds
}

std::size_t share_of_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  return std::max<std::size_t>(limit.rlim_cur - limit.rlim_cur / 4, 1);
}

}  // namespace headway
