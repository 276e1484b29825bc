#pragma once

#include <cstdio>
#include <string_view>

namespace headway::job {

/// Writes text for people: what it may hold of file names, journals and servers' words can do nothing to a terminal. What
/// cannot be written is no error, since it must not end a run.
void say(std::FILE* where, std::string_view text);

}  // namespace headway::job
