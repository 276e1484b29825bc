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

namespace headway::cli {

/// Shows a run on standard error while it goes on: on a terminal some lines that change, else a line every 10 s.
class RunView final : public job::RunObserver {
 public:
  /// `projected_rows`: those of the whole input, of which the run may be a sample. `other`: one who sees it besides, and
  /// may stop it; null: nobody.
  explicit RunView(job::Progress progress, std::uint64_t projected_rows = 0, job::RunObserver* other = nullptr);

  void reading(std::uint64_t rows) override;
  void checked(const job::InputCheck& check) override;
  void resumed(const job::Recovery& recovery, const job::ResumeCounts& counts) override;
  void note(std::string_view sentence) override;
  void ended(const job::Record& record) override;
  void progress(const job::RunFigures& figures, const job::RunFacts& facts) override;
  bool wants_stop() const override;

  /// What all rows of the input will take, by those that were answered in this run.
  const job::Projection& projection() const { return projection_; }

 private:
  void show(const job::RunFigures& figures, const job::RunFacts& facts);
  void draw(const job::RunFigures& figures, const job::RunFacts& facts);
  void redraw(const std::vector<std::string>& lines);

  job::Progress progress_;
  job::RunObserver* other_;
  bool terminal_;
  std::size_t drawn_ = 0;  // lines on the terminal
  bool told_next_ = false;
  std::chrono::steady_clock::time_point next_line_;
  job::Projection projection_;
};

}  // namespace headway::cli
