#pragma once

#include <headway/client_stats.hpp>

#include "job/input/check.hpp"
#include "job/report/run_facts.hpp"
#include "job/report/run_figures.hpp"
#include "job/run/run_options.hpp"
#include "job/store/recovery.hpp"
#include "job/store/resume_plan.hpp"

namespace headway::job {

/// Sees a run as it goes on. Called on the thread of run_job(); must not throw, but for reading().
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  /// So many rows of the input were looked at; about every 10,000, anew at each reading. What it throws ends the run.
  virtual void reading(std::uint64_t) {}
  /// The input was read whole: how many rows there are, and which are bad. Not called if they are refused.
  virtual void checked(const InputCheck&) {}
  /// What an earlier start left was found; `counts` says what is done with each row.
  virtual void resumed(const Recovery&, const ResumeCounts&) {}
  /// A sentence that should be told before anything is sent.
  virtual void note(std::string_view) {}
  /// A row has ended, and that is durable.
  virtual void ended(const Record&) {}
  /// Four times a second, and at the end.
  virtual void progress(const RunFigures&, const RunFacts&) {}
  /// Asked after progress(): whether the run is to stop, as at a first SIGINT.
  virtual bool wants_stop() const { return false; }
};

struct RunResult {
  RunResult(RunFigures figures_, RunFacts facts_) : figures(std::move(figures_)), facts(std::move(facts_)) {}

  RunFigures figures;
  RunFacts facts;
};

/// Runs the rows of a file, or what is left of them, to the end, a stop or a signal. Blocks. Throws Error
/// (`configuration`) before anything is sent: bad settings, a bad input (unless skip_invalid), outputs of another run, an
/// input or settings that have changed (unless on_changed says what to do). Meanwhile SIGINT, SIGTERM and SIGHUP are
/// its own (the last unless it is ignored): the first lets what is in flight end, but for SIGINT in at most 30 s; a second
/// gives it up. SIGPIPE is ignored. Afterwards the process's handlers are as before.
RunResult run_job(const RunOptions& options, RunObserver& observer);

}  // namespace headway::job
