#pragma once

#include "job/store/journal.hpp"
#include "job/store/paths.hpp"

namespace headway::job {

/// Whether the file has lines that are no longer true: of a row that ended anew since, as a retried row does.
bool has_stale_lines(Journal& journal, OutputFile file);
/// Whether lines stand in another order than their rows.
bool is_out_of_order(Journal& journal, OutputFile file);

/// Writes the file anew without its stale lines, and puts it in the old one's place: in the order of the rows if
/// `ordered`, else in the old order. A crash at any moment leaves the old file or the new one, and finish_rewrites()
/// makes the journal agree. All must be journaled, and no OutputWriter be open on the file.
void rewrite(Journal& journal, const StorePaths& paths, OutputFile file, bool ordered);
/// Ends rewrites that a crash interrupted.
void finish_rewrites(Journal& journal, const StorePaths& paths);
/// Rewrites what needs it.
void tidy(Journal& journal, const StorePaths& paths, bool ordered);

}  // namespace headway::job
