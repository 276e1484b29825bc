#include "job/store/paths.hpp"

namespace headway::job {
namespace {

std::filesystem::path with_ending(std::filesystem::path path, const char* ending) {
  return path += ending;
}

// A link may lead to what is not there yet, or not at all.
std::filesystem::path followed(std::filesystem::path path) {
  constexpr int most_links = 40;  // as the kernel takes
  std::error_code fault;
  for (int links = 0; links < most_links && std::filesystem::is_symlink(path, fault); ++links) {
    const auto target = std::filesystem::read_symlink(path, fault);
    if (fault) return path;
    path = path.parent_path() / target;
  }
  return path;
}

std::filesystem::path errors_beside(const std::filesystem::path& output) {
  auto name = output.extension() == ".jsonl" ? output.stem() : output.filename();
  name += ".errors.jsonl";
  return output.parent_path() / name;
}

}  // namespace

// A link and what it leads to are one output, with one journal and one lock. The program finds it once, and keeps it:
// what the link leads to later is another output.
StorePaths::StorePaths(const std::filesystem::path& output)
    : results(followed(output)),
      errors(errors_beside(results)),
      journal(with_ending(results, ".journal")),
      lock(with_ending(results, ".lock")) {}

std::filesystem::path StorePaths::rewrite_of(OutputFile file) const {
  return with_ending(of(file), ".rewrite");
}

std::vector<std::filesystem::path> StorePaths::all() const {
  return {results,
          errors,
          journal,
          with_ending(journal, "-wal"),
          with_ending(journal, "-shm"),
          lock,
          rewrite_of(OutputFile::results),
          rewrite_of(OutputFile::errors)};
}

}  // namespace headway::job
