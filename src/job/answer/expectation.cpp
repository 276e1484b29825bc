#include "job/answer/expectation.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/ascii.hpp"

namespace headway::job {

std::optional<std::size_t> choice_of(const Expectation& expectation, std::string_view text) {
  const auto found = std::ranges::find(expectation.choices, wire::without_blanks(text));
  if (found == expectation.choices.end()) return std::nullopt;
  return static_cast<std::size_t>(found - expectation.choices.begin());
}

std::vector<std::string> choices_of(std::string_view setting) {
  std::vector<std::string> choices;
  for (std::size_t begin = 0; begin <= setting.size();) {
    const auto end = std::min(setting.find(',', begin), setting.size());
    std::string choice(wire::without_blanks(setting.substr(begin, end - begin)));
    const bool again = std::ranges::find(choices, choice) != choices.end();
    if (choice.empty() || again) {
      throw Error(ErrorKind::configuration,
                  fmt::format("--choices are labels with commas between, e.g. good,bad,unsure: {}",
                              choice.empty() ? "one is empty" : choice + " stands there twice"));
    }
    choices.push_back(std::move(choice));
    begin = end + 1;
  }
  return choices;
}

Expectation expectation_of(std::string_view setting) {
  Expectation expectation;
  if (setting.empty()) return expectation;
  if (setting == "text") {
    expectation.wanted = Expectation::Wanted::text;
  } else if (setting == "json") {
    expectation.wanted = Expectation::Wanted::json;
  } else if (setting.starts_with('@')) {
    expectation.wanted = Expectation::Wanted::json;
    expectation.schema.emplace(std::filesystem::path(setting.substr(1)));
  } else if (setting.starts_with('{')) {
    expectation.wanted = Expectation::Wanted::json;
    expectation.schema.emplace(setting, "of --expect");
  } else {
    throw Error(
        ErrorKind::configuration,
        fmt::format("what to expect is text, json @FILE with a JSON Schema or the schema itself, and not \"{}\"",
                    setting));
  }
  return expectation;
}

}  // namespace headway::job
