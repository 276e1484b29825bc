#pragma once

#include <cstddef>

namespace headway {

/// Each connection takes a file descriptor: lets this process open as many as it is allowed to ask for, as Go's runtime
/// does. For programs; a library leaves the process as it is.
void raise_file_limit();

/// How many of the files that this process may open its connections to one host may be. At least 1; 0: no limit.
std::size_t share_of_files();

}  // namespace headway
