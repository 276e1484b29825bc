#include "job/run/run_paths.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/run/run_settings.hpp"
#include "job/run/run_setup.hpp"

namespace headway::job {
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

/// The file that a value names; empty: it names none.
path named_file(Reads reads, const std::string& value) {
  if (reads == Reads::file) return value == "-" ? path() : path(value);
  if (reads == Reads::nothing) return {};
  const auto at = reads == Reads::field ? value.find('=') + 1 : 0;
  return at < value.size() && value[at] == '@' ? path(value.substr(at + 1)) : path();
}

/// All that the run reads and did not make.
std::vector<path> read_files(const Given& given) {
  std::vector<path> files;
  for (const auto& [name, value] : given) {
    if (auto file = named_file(find_setting(name)->reads, value); !file.empty()) files.push_back(std::move(file));
  }
  return files;
}

// A page that cannot be written is noticed before the rows are paid for.
void check_report(const Given& given, const StorePaths& paths) {
  const auto report = value_of(given, "report");
  if (report.empty()) return;
  if (is_one_of(report, read_files(given)) || is_one_of(report, paths.all())) {
    refuse_path(
        fmt::format("--report {} is the input or the output, or another file of the run: name another", report));
  }
  std::error_code none;
  const bool there = std::filesystem::exists(report, none);
  const auto written = there ? path(report) : folder_of(report);
  const bool is_what_it_should_be = std::filesystem::is_directory(written, none) != there;
  if (!is_what_it_should_be || ::access(written.c_str(), W_OK) != 0) {
    refuse_path(fmt::format("--report {} cannot be written: name a file in a folder that is there", report));
  }
}

void check_output(const Given& given, const StorePaths& paths) {
  const auto output = value_of(given, "output"), journal = value_of(given, "journal");
  if (output == "-" && journal.empty()) {
    refuse_path("-o - needs --journal NAME.journal, which keeps what is done: without it nothing could be resumed");
  }
  if (output != "-" && !journal.empty()) {
    refuse_path("--journal is for -o -; that of a file stands beside it, as OUTPUT.journal");
  }
  std::error_code none;
  for (const auto& file : {path(output_file(given)), paths.results, paths.errors}) {
    if (!std::filesystem::exists(file, none) || std::filesystem::is_regular_file(file, none)) continue;
    refuse_path(fmt::format(
        "{} is no regular file, and a run that can be gone on with needs one: name a file, and read it from there; "
        "-o - --journal NAME.journal writes to standard output",
        file.string()));
  }
  const auto folder = folder_of(paths.results);
  if (!std::filesystem::is_directory(folder, none)) {
    refuse_path(fmt::format("the output's folder {} is not there: make it, or name another output", folder.string()));
  }
  const auto own = paths.all();
  for (const auto& file : read_files(given)) {
    if (file == value_of(given, "input") && are_one(file, paths.results)) {
      refuse_path(fmt::format("-o {} is the input itself: name another output", output));
    }
    if (!is_one_of(file, own)) continue;
    refuse_path(
        fmt::format("{} is read by the run, and has the name of a file that the run writes beside {}: rename it, "
                    "or name another output",
                    file.string(), output));
  }
}

}  // namespace

void check_paths(const Given& given, const StorePaths& paths) {
  check_output(given, paths);
  check_report(given, paths);
}

}  // namespace headway::job
