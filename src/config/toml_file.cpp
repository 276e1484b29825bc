#include "config/toml_file.hpp"

#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace headway::config {
namespace {

int line_of(const toml::source_region& source) {
  return static_cast<int>(source.begin.line);
}

TomlTable table_of(const toml::table& table);

TomlValue value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* table = node.as_table()) return table_of(*table);
  const auto* array = node.as_array();
  if (!array || array->empty() || !array->is_homogeneous<toml::table>()) return OtherToml();
  std::vector<TomlTable> tables;
  for (const auto& element : *array) tables.push_back(table_of(*element.as_table()));
  return tables;
}

TomlTable table_of(const toml::table& table) {
  TomlTable result;
  result.line = line_of(table.source());
  for (const auto& [key, node] : table) {
    result.entries.push_back({std::string(key.str()), line_of(key.source()), value_of(node)});
  }
  return result;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || std::filesystem::is_directory(file)) {
    throw Error(ErrorKind::configuration, fmt::format("{} cannot be read", file.string()));
  }
  return std::move(text).str();
}

}  // namespace

// toml++'s own words are not used: they quote what stands there, which may be a key without its quotation marks.
TomlTable read_toml(const std::filesystem::path& file) {
  const auto result = toml::parse(read(file), file.string());
  if (result) return table_of(result.table());
  const auto& at = result.error().source().begin;
  throw Error(ErrorKind::configuration, fmt::format("{}:{}: this is not TOML, from column {} on; text needs quotation "
                                                    "marks, and a key may stand only once in a table",
                                                    file.string(), at.line, at.column));
}

}  // namespace headway::config
