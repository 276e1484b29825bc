#include "job/store/output_flags.hpp"

#include <string_view>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::job {
namespace {

std::string key_of(std::string_view name) {
  return fmt::format("output.{}", name);
}

void append(std::string& list, std::string_view flag) {
  list += fmt::format("{}{}", list.empty() ? "" : ", ", flag);
}

}  // namespace

void check_output_flags(Journal& journal, const std::filesystem::path& output, const OutputFlags& flags) {
  std::string then, now;
  for (const auto& [name, flag] : flags) {
    const auto before = journal.setting(key_of(name));
    if (before.empty() || before == flag) continue;
    append(then, before);
    append(now, flag);
  }
  if (then.empty()) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("{} was begun {}, and this start is {}: give the same flags as then, or let --fresh begin anew",
                  output.string(), then, now));
}

void keep_output_flags(Journal& journal, const OutputFlags& flags) {
  Transaction transaction(journal.database());
  for (const auto& [name, flag] : flags) journal.set_setting(key_of(name), flag);
  transaction.commit();
}

}  // namespace headway::job
