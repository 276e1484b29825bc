#pragma once

#include "job/store/posix_file.hpp"

namespace headway::job {

/// Gives `to` the owner, group, mode and extended attributes (an ACL is one) of `from`, whose place it takes. Who may not
/// give a file away stays its owner; then nobody may do with it what he could not with `from`.
void give_access_of(const PosixFile& from, const PosixFile& to);

}  // namespace headway::job
