#include "job/report/run_facts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "job/json_text.hpp"

namespace headway::job {
namespace {

bool is_secret(std::string_view name) {
  constexpr std::array<std::string_view, 7> words = {"key",    "secret",     "password",    "authorization",
                                                     "cookie", "credential", "access_token"};
  const auto small = lowered(name);
  return std::ranges::any_of(words, [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

// "@FILE" is a name, and what stands in the file is not here.
bool is_prompt(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 3> names = {"--prompt", "--system", "--set"};
  return std::ranges::find(names, name) != names.end() && !value.starts_with('@');
}

std::string without_prompt(std::string_view value) {
  return fmt::format("({} bytes, not shown: --report-prompts shows them)", value.size());
}

std::string without_user(std::string value) {
  const auto scheme = value.find("://");
  if (scheme == std::string::npos) return value;
  const auto host = scheme + 3;
  const auto at = value.substr(0, value.find_first_of("/?#", host)).rfind('@');
  if (at != std::string::npos && at >= host) value.erase(host, at + 1 - host);
  return value;
}

}  // namespace

std::string_view to_string(RunEnd end) noexcept {
  switch (end) {
    case RunEnd::finished:
      return "finished";
    case RunEnd::interrupted:
      return "interrupted";
    case RunEnd::stopped:
      return "stopped";
    case RunEnd::running:
      return "running";
  }
  return "finished";
}

std::vector<std::pair<std::string, std::string>> shown_settings(const RunFacts& facts) {
  auto settings = facts.settings;
  for (auto& [name, value] : settings) {
    if (is_secret(name)) {
      value = "(set, not shown)";
    } else if (!facts.shows_prompts && is_prompt(name, value)) {
      value = without_prompt(value);
    } else {
      value = repaired_utf8(without_user(std::move(value)));
    }
    name = repaired_utf8(name);
  }
  return settings;
}

}  // namespace headway::job
