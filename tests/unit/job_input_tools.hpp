#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <headway/error.hpp>

#include "job/input/check.hpp"
#include "temporary_file.hpp"

namespace headway::test {

/// An input in a folder of its own.
class Input : public TemporaryFile {
 public:
  Input(const std::string& name, std::string_view text, std::string prompt = {}) : TemporaryFile(name, text) {
    settings.prompt = std::move(prompt);
    settings.path = path();
    settings.name = name;
    settings.model = "m";
  }

  job::InputSettings settings;
};

inline std::vector<job::Entry> read_all(const job::InputSettings& settings, job::WholeInput whole = {}) {
  job::RowReader reader(settings, std::move(whole));
  std::vector<job::Entry> entries;
  while (auto entry = reader.next()) entries.push_back(std::move(*entry));
  return entries;
}

/// Of each row its body; of a bad one its line and reason.
inline std::vector<std::string> bodies(const job::InputSettings& settings) {
  std::vector<std::string> texts;
  for (const auto& entry : read_all(settings)) {
    const auto* row = std::get_if<job::Row>(&entry);
    const auto* bad = std::get_if<job::BadRow>(&entry);
    texts.push_back(row ? row->body : std::to_string(bad->line) + ": " + bad->reason);
  }
  return texts;
}

inline job::Row only_row(const job::InputSettings& settings) {
  const auto entries = read_all(settings);
  EXPECT_EQ(entries.size(), 1U);
  if (entries.size() != 1) return {};
  if (const auto* bad = std::get_if<job::BadRow>(&entries[0])) {
    ADD_FAILURE() << bad->reason;
    return {};
  }
  return std::get<job::Row>(entries[0]);
}

/// Why the only row is bad.
inline std::string reason(const job::InputSettings& settings) {
  const auto entries = read_all(settings);
  EXPECT_EQ(entries.size(), 1U);
  const auto* bad = entries.empty() ? nullptr : std::get_if<job::BadRow>(&entries[0]);
  return bad ? bad->reason : "";
}

/// What makes the whole input unusable.
inline std::string fault(const job::InputSettings& settings) {
  try {
    job::check_input(settings);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.info().message;
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace headway::test
