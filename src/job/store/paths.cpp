#include "job/store/paths.hpp"

namespace headway::job {
namespace {

std::filesystem::path with_ending(std::filesystem::path path, const char* ending) {
  return path += ending;
}

std::filesystem::path errors_beside(const std::filesystem::path& output) {
  auto name = output.extension() == ".jsonl" ? output.stem() : output.filename();
  name += ".errors.jsonl";
  return output.parent_path() / name;
}

}  // namespace

StorePaths::StorePaths(const std::filesystem::path& output)
    : results(output),
      errors(errors_beside(output)),
      journal(with_ending(output, ".journal")),
      lock(with_ending(output, ".lock")) {}

std::filesystem::path StorePaths::rewrite_of(OutputFile file) const {
  return with_ending(of(file), ".rewrite");
}

}  // namespace headway::job
