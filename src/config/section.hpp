#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/check_options.hpp"
#include "config/toml_file.hpp"

namespace headway::config {

/// A table of headway.toml that is being read: asked for each key there is, then whether there was any other. Absent keys
/// are nullopt or null. All throw Error (`configuration`) that names file, line and key, and shows no text that stands
/// there, since it may be a secret.
class Section {
 public:
  /// Both must outlive it.
  Section(const std::filesystem::path& file, const TomlTable& table) : file_(file), table_(table) {}

  std::optional<double> number(std::string_view key, const Range& range);
  std::optional<std::int64_t> whole_number(std::string_view key, const Range& range);
  /// Given in seconds; rounded up to milliseconds.
  std::optional<std::chrono::milliseconds> seconds(std::string_view key);
  std::optional<std::chrono::seconds> whole_seconds(std::string_view key, const Range& range);
  /// A fraction, or a text like "50%".
  std::optional<double> share(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  /// Begins with http:// or https://, and has no user or password in it. May be empty.
  std::optional<std::string> url(std::string_view key);
  /// From the file's folder. May be empty.
  std::optional<std::string> path(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  const TomlTable* table(std::string_view key);
  const std::vector<TomlTable>* tables(std::string_view key);

  /// To be called last. Throws for a key that was not asked for.
  void refuse_other_keys() const;

  /// Of the key if it is there, else of the table.
  int line_of(std::string_view key) const;
  [[noreturn]] void refuse(int line, std::string_view fault) const;

 private:
  const TomlEntry* find(std::string_view key);
  [[noreturn]] void refuse_type(const TomlEntry& entry, std::string_view wanted) const;
  double checked(const TomlEntry& entry, double value, const Range& range) const;

  const std::filesystem::path& file_;
  const TomlTable& table_;
  std::vector<std::string> known_;
};

}  // namespace headway::config
