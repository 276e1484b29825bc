#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace headway::config {

struct TomlEntry;

struct TomlTable {
  int line = 0;  ///< from 1; of its beginning
  std::vector<TomlEntry> entries;
};

/// What a file of settings has no use for: dates, and lists of anything but tables.
struct OtherToml {};

using TomlValue = std::variant<bool, std::int64_t, double, std::string, TomlTable, std::vector<TomlTable>, OtherToml>;

struct TomlEntry {
  std::string key;
  int line = 0;  ///< from 1; of the key
  TomlValue value;
};

/// What stands in a TOML file. toml++ is slow to compile and is included behind this only. Throws Error
/// (`configuration`): no such file, or no TOML; with the line, and nothing of what stands there.
TomlTable read_toml(const std::filesystem::path& file);

}  // namespace headway::config
