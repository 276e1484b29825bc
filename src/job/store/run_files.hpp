#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "job/store/apply_resume.hpp"
#include "job/store/lock.hpp"
#include "job/store/output_flags.hpp"
#include "job/store/output_writer.hpp"

namespace headway::job {

struct RunFilesOptions {
  RunFilesOptions() {}

  std::filesystem::path output;
  Durability durability = Durability::process;
  LineForm form = LineForm::json;
  std::string header;  ///< the first line of the results, without its end; empty: none
  bool ordered = false;
  OutputFlags flags;
  bool fresh = false;  ///< what is there is moved aside
};

/// Removes a journal that was made for nothing: a run that is refused leaves no file behind.
class NewJournal {
 public:
  explicit NewJournal(const std::filesystem::path& path) : path_(std::filesystem::exists(path) ? "" : path) {}
  NewJournal(NewJournal&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  NewJournal& operator=(NewJournal&&) = delete;
  ~NewJournal();
  void keep() { path_.clear(); }

 private:
  std::filesystem::path path_;  // empty: it was there before, or is of use
};

/// The files of one run, held by this process: lock, journal, outputs. The way through:
/// construct, make_plan(), add all rows to the plan, decide; then apply() and give it to a Store.
/// Until apply() nothing of the outputs is touched, but that a rewrite which a crash interrupted is ended.
class RunFiles {
 public:
  using Moved = std::vector<std::pair<std::filesystem::path, std::filesystem::path>>;

  /// Throws an Error if another run holds the output, if it is not this run's or has other flags, or if files cannot be
  /// used.
  explicit RunFiles(RunFilesOptions options);

  /// `fresh`: where files were moved, in pairs of old and new.
  const Moved& moved_aside() const { return moved_; }
  const Recovery& recovery() const { return recovery_; }
  Journal& journal() { return journal_; }
  const StorePaths& paths() const { return paths_; }
  const RunFilesOptions& options() const { return options_; }

  /// Refers to this.
  ResumePlan make_plan() { return job::make_plan(journal_, recovery_); }
  /// The run goes ahead. Rewrites outputs that have lines no longer true.
  void apply(const ResumePlan& plan);
  /// After apply(). Makes the results file.
  std::array<OutputWriter, 2> make_writers();

 private:
  Moved cleared();

  RunFilesOptions options_;
  StorePaths paths_;
  Lock lock_;
  Moved moved_;
  NewJournal new_journal_;  // before the journal, so that it goes after it
  Journal journal_;
  Recovery recovery_;
};

}  // namespace headway::job
