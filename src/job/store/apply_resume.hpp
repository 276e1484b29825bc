#pragma once

#include "job/store/journal.hpp"
#include "job/store/recovery.hpp"
#include "job/store/resume_plan.hpp"

namespace headway::job {

/// A plan for the journal's rows and the lines of `recovery`, which it refers to.
ResumePlan make_plan(Journal& journal, const Recovery& recovery);

/// Rows that the last start may have sent, and of which it has not recorded an end. For a journal that nobody writes.
std::uint64_t count_in_doubt(Database& database);

/// Makes the outputs and the journal what `recovery` and `plan` found: torn ends are cut off, found lines journaled,
/// rows renumbered. After a crash in between, the same is found again.
void apply_resume(Journal& journal, const StorePaths& paths, const Recovery& recovery, const ResumePlan& plan);

}  // namespace headway::job
