#include "job/answer/expectation.hpp"

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::job {

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
