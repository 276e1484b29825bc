#include "job/store/run_files.hpp"

#include <utility>

#include "job/store/move_aside.hpp"
#include "job/store/rewrite.hpp"

namespace headway::job {

NewJournal::~NewJournal() {
  if (path_.empty()) return;
  std::error_code ignored;
  for (const auto* ending : {"", "-wal", "-shm"}) {
    std::filesystem::remove(std::filesystem::path(path_) += ending, ignored);
  }
}

RunFiles::RunFiles(RunFilesOptions options)
    : options_(std::move(options)),
      paths_(options_.output),
      lock_(paths_.lock),
      moved_(cleared()),
      new_journal_(paths_.journal),
      journal_(paths_.journal, options_.durability) {
  check_output_flags(journal_, paths_.results, options_.flags);
  finish_rewrites(journal_, paths_);
  recovery_ = inspect(journal_, paths_, options_.form);
}

RunFiles::Moved RunFiles::cleared() {
  check_not_held(paths_);
  return options_.fresh ? move_aside(paths_) : Moved();
}

void RunFiles::apply(const ResumePlan& plan) {
  keep_output_flags(journal_, options_.flags);
  apply_resume(journal_, paths_, recovery_, plan);
  new_journal_.keep();
  tidy(journal_, paths_, options_.ordered);
  if (options_.durability == Durability::power) sync_folder_of(paths_.journal);
}

std::array<OutputWriter, 2> RunFiles::make_writers() {
  std::array writers{OutputWriter(paths_.results, options_.header, options_.durability),
                     OutputWriter(paths_.errors, "", options_.durability)};
  for (const auto file : output_files) writers[index_of(file)].resume_at(journal_.file_end(file));
  writers[index_of(OutputFile::results)].open();
  return writers;
}

}  // namespace headway::job
