#include "job/store/paths.hpp"

namespace headway::job {
namespace {

std::filesystem::path with_ending(std::filesystem::path path, const char* ending) {
  return path += ending;
}

std::filesystem::path followed(const std::filesystem::path& path) {
  std::error_code fault;
  if (!std::filesystem::is_symlink(path, fault)) return path;
  const auto target = std::filesystem::weakly_canonical(path, fault);
  return fault ? path : target;
}

std::filesystem::path errors_beside(const std::filesystem::path& output) {
  auto name = output.extension() == ".jsonl" ? output.stem() : output.filename();
  name += ".errors.jsonl";
  return output.parent_path() / name;
}

}  // namespace

// A link and what it leads to are one output, with one journal and one lock.
StorePaths::StorePaths(const std::filesystem::path& output)
    : results(followed(output)),
      errors(errors_beside(results)),
      journal(with_ending(results, ".journal")),
      lock(with_ending(results, ".lock")) {}

std::filesystem::path StorePaths::rewrite_of(OutputFile file) const {
  return with_ending(of(file), ".rewrite");
}

}  // namespace headway::job
