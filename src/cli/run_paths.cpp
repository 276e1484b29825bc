#include "run_paths.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::cli {
namespace {

using std::filesystem::path;

[[noreturn]] void refuse_path(std::string message) {
  throw Error(ErrorKind::configuration, std::move(message));
}

path folder_of(const path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? "." : folder;
}

// Files that are not there yet are the same if they would be.
bool are_one(const path& a, const path& b) {
  std::error_code none;
  if (std::filesystem::equivalent(a, b, none)) return true;
  const auto canonical = [&](const path& file) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, none), none);
  };
  return canonical(a) == canonical(b);
}

bool is_one_of(const path& file, const std::vector<path>& files) {
  return std::ranges::any_of(files, [&](const path& other) { return are_one(file, other); });
}

void add_named(std::vector<path>& files, const std::string& value, std::size_t at) {
  if (at < value.size() && value[at] == '@') files.emplace_back(value.substr(at + 1));
}

/// All that the run reads and did not make.
std::vector<path> read_files(const RunFlags& flags) {
  std::vector<path> files;
  if (flags.input != "-") files.emplace_back(flags.input);
  for (const auto& file : {flags.prices, flags.endpoint.config}) {
    if (!file.empty()) files.emplace_back(file);
  }
  for (const auto& value : {flags.prompt, flags.system, flags.options.expect}) add_named(files, value, 0);
  for (const auto& value : flags.options.input.set) add_named(files, value, value.find('=') + 1);
  return files;
}

// A page that cannot be written is noticed before the rows are paid for.
void check_report(const RunFlags& flags, const job::StorePaths& paths) {
  if (flags.report.empty()) return;
  if (is_one_of(flags.report, read_files(flags)) || is_one_of(flags.report, paths.all())) {
    refuse_path(
        fmt::format("--report {} is the input or the output, or another file of the run: name another", flags.report));
  }
  std::error_code none;
  const bool there = std::filesystem::exists(flags.report, none);
  const auto written = there ? path(flags.report) : folder_of(flags.report);
  const bool is_what_it_should_be = std::filesystem::is_directory(written, none) != there;
  if (!is_what_it_should_be || ::access(written.c_str(), W_OK) != 0) {
    refuse_path(fmt::format("--report {} cannot be written: name a file in a folder that is there", flags.report));
  }
}

void check_output(const RunFlags& flags, const job::StorePaths& paths) {
  if (flags.output == "-" && flags.journal.empty()) {
    refuse_path("-o - needs --journal NAME.journal, which keeps what is done: without it nothing could be resumed");
  }
  if (flags.output != "-" && !flags.journal.empty()) {
    refuse_path("--journal is for -o -; that of a file stands beside it, as OUTPUT.journal");
  }
  std::error_code none;
  for (const auto& output : {path(output_file(flags)), paths.results, paths.errors}) {
    if (!std::filesystem::exists(output, none) || std::filesystem::is_regular_file(output, none)) continue;
    refuse_path(fmt::format(
        "{} is no regular file, and a run that can be gone on with needs one: name a file, and read it from there; "
        "-o - --journal NAME.journal writes to standard output",
        output.string()));
  }
  const auto folder = folder_of(paths.results);
  if (!std::filesystem::is_directory(folder, none)) {
    refuse_path(fmt::format("the output's folder {} is not there: make it, or name another output", folder.string()));
  }
  const auto own = paths.all();
  for (const auto& file : read_files(flags)) {
    if (file == flags.input && are_one(file, paths.results)) {
      refuse_path(fmt::format("-o {} is the input itself: name another output", flags.output));
    }
    if (!is_one_of(file, own)) continue;
    refuse_path(
        fmt::format("{} is read by the run, and has the name of a file that the run writes beside {}: rename it, "
                    "or name another output",
                    file.string(), flags.output));
  }
}

}  // namespace

void check_paths(const RunFlags& flags, const job::StorePaths& paths) {
  check_output(flags, paths);
  check_report(flags, paths);
}

}  // namespace headway::cli
