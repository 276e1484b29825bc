#pragma once

#include <charconv>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <headway/error.hpp>

namespace headway::job {

struct RunSetup;

/// What a value may name a file for, which is read before the run begins.
enum class Reads {
  nothing,
  file,    ///< it is the file's name
  text,    ///< "@file": the text there; "@@text" is "@text"
  field,   ///< "KEY=@file": the field is what stands there
  schema,  ///< "@file": a JSON Schema
};

/// A setting of a run. One name is the flag `--max-tokens`, Python's keyword `max_tokens` and what the journal keeps.
struct Setting {
  using Apply = std::function<void(RunSetup&, const std::string&)>;

  // By what it takes; `set` is told the run and the value.
  template <class Set>
  static Setting on(std::string_view name, Set set, std::string_view about);
  template <class Set>
  static Setting text(std::string_view name, std::string takes, Set set, std::string_view about);
  /// From `least` to `most`; any finite one where they are infinite.
  template <class Number, class Set>
  static Setting number(std::string_view name, double least, double most, Set set, std::string_view about);
  /// One of some words.
  template <class Value, class Set>
  static Setting choice(std::string_view name, std::vector<std::pair<std::string_view, Value>> choices, Set set,
                        std::string_view about);

  std::string_view name;
  std::string takes;  ///< as --help shows it, with its range or choices; empty: it is on or off
  std::string_view about;
  Apply apply;  ///< throws Error (`configuration`) that names it
  std::string_view group;
  std::vector<std::string_view> excludes;
  Reads reads = Reads::nothing;
  bool repeated = false;
  bool kept = true;  ///< by the journal, for a retry. How one start went or was looked at is its own

  Setting&& reading(Reads what) && { return reads = what, std::move(*this); }
  Setting&& many() && { return repeated = true, std::move(*this); }
  Setting&& not_kept() && { return kept = false, std::move(*this); }
  Setting&& not_with(std::initializer_list<std::string_view> others) && { return excludes = others, std::move(*this); }
};

/// What was said: names of settings with their values as text, "" of one that is on.
using Given = std::vector<std::pair<std::string, std::string>>;

[[noreturn]] inline void refuse_setting(std::string_view name, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("--{}: {}", name, why));
}

template <class Set>
Setting Setting::on(std::string_view name, Set set, std::string_view about) {
  return {name, "", about, [set](RunSetup& run, const std::string&) { set(run); }, {}, {}};
}

template <class Set>
Setting Setting::text(std::string_view name, std::string takes, Set set, std::string_view about) {
  return {name, std::move(takes), about, set, {}, {}};
}

template <class Number, class Set>
Setting Setting::number(std::string_view name, double least, double most, Set set, std::string_view about) {
  constexpr auto* kind = std::is_floating_point_v<Number> ? "FLOAT" : std::is_signed_v<Number> ? "INT" : "UINT";
  const auto range = std::isinf(most) ? std::string() : fmt::format("{} to {}", least, most);
  const auto apply = [=](RunSetup& run, const std::string& text) {
    Number value{};
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const auto real = static_cast<double>(value);
    const bool good = read.ec == std::errc() && read.ptr == end && std::isfinite(real) && real >= least && real <= most;
    if (!good) refuse_setting(name, fmt::format("{} is not a number{}{}", text, range.empty() ? "" : " from ", range));
    set(run, value);
  };
  return {name, kind + (range.empty() ? range : ":" + range), about, apply, {}, {}};
}

template <class Value, class Set>
Setting Setting::choice(std::string_view name, std::vector<std::pair<std::string_view, Value>> choices, Set set,
                        std::string_view about) {
  std::vector<std::string_view> words;
  for (const auto& each : choices) words.push_back(each.first);
  auto apply = [=, choices = std::move(choices)](RunSetup& run, const std::string& text) {
    for (const auto& [word, value] : choices) {
      if (word == text) return set(run, value);
    }
    refuse_setting(name, fmt::format("{} is none of {}", text, fmt::join(words, ", ")));
  };
  return {name, fmt::format("TEXT:{{{}}}", fmt::join(words, ",")), about, std::move(apply), {}, {}};
}

}  // namespace headway::job
