#include "config/toml_file.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/text_file.hpp"

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

/// toml++ and who reads its tables go one level down for each part of a key.
bool has_endless_key(std::string_view text) {
  constexpr int most_parts = 200;
  int dots = 0;
  char quote = 0;
  for (const char c : text) {
    if (c == '\n') {
      dots = 0;
      quote = 0;
    }
    if (quote != 0 ? c == quote : c == '"' || c == '\'') quote = quote == 0 ? c : '\0';
    if (quote == 0 && c == '.' && ++dots > most_parts) return true;
  }
  return false;
}

}  // namespace

// toml++'s own words are not used: they quote what stands there, which may be a key without its quotation marks.
TomlTable read_toml(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  if (has_endless_key(text)) {
    throw Error(ErrorKind::configuration, fmt::format("{}: a key has more than 200 parts", file.string()));
  }
  const auto result = toml::parse(text, file.string());
  if (result) return table_of(result.table());
  const auto& at = result.error().source().begin;
  throw Error(ErrorKind::configuration, fmt::format("{}:{}: this is not TOML, from column {} on; text needs quotation "
                                                    "marks, and a key may stand only once in a table",
                                                    file.string(), at.line, at.column));
}

}  // namespace headway::config
