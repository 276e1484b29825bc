#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "job/report/projection.hpp"
#include "job/run/run_job.hpp"
#include "job/run/run_setup.hpp"

namespace headway::job {

/// Shows a run on standard error while it goes on: on a terminal some lines that change, else a line every 10 s.
class RunView final : public RunObserver {
 public:
  /// `projected_rows`: those of the whole input, of which the run may be a sample. `other`: one who sees it besides, and
  /// may stop it; null: nobody.
  explicit RunView(Progress progress, std::uint64_t projected_rows = 0, RunObserver* other = nullptr);

  void reading(std::uint64_t rows) override;
  void checked(const InputCheck& check) override;
  void resumed(const Recovery& recovery, const ResumeCounts& counts) override;
  void note(std::string_view sentence) override;
  void ended(const Record& record) override;
  void progress(const RunFigures& figures, const RunFacts& facts) override;
  bool wants_stop() const override;

  /// What all rows of the input will take, by those that were answered in this run.
  const Projection& projection() const { return projection_; }

 private:
  void show(const RunFigures& figures, const RunFacts& facts);
  void draw(const RunFigures& figures, const RunFacts& facts);
  void redraw(const std::vector<std::string>& lines);

  Progress progress_;
  RunObserver* other_;
  bool terminal_;
  std::size_t drawn_ = 0;  // lines on the terminal
  bool told_next_ = false;
  std::chrono::steady_clock::time_point next_line_;
  Projection projection_;
};

}  // namespace headway::job
