#pragma once

#include "job/store/journal.hpp"
#include "job/store/recovery.hpp"
#include "job/store/resume_plan.hpp"

namespace headway::job {

/// A plan for the journal's rows and the lines of `recovery`, which it refers to.
ResumePlan make_plan(Journal& journal, const Recovery& recovery);

/// Makes the outputs and the journal what `recovery` and `plan` found: torn ends are cut off, found lines journaled,
/// rows renumbered. After a crash in between, the same is found again.
void apply_resume(Journal& journal, const StorePaths& paths, const Recovery& recovery, const ResumePlan& plan);

}  // namespace headway::job
