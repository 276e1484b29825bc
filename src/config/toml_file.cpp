#include "config/toml_file.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/text_file.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES 32  // each goes as deep as its key has parts
#define TOML_ENABLE_FORMATTERS 0
// What toml++ asserts, or without assertions lets clang assume, does not hold for a file that ends a line behind "["; without either it
// is refused.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace headway::config {
namespace {

constexpr int most_parts = 20;  // of a key

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

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// What is wrong with a file, and in which line, that toml++ must not see: it goes one level down for each part of a key, as does who
/// reads its tables, and what it does with a letter outside ASCII where there may be none is not defined.
class Check {
 public:
  explicit Check(std::string_view text) : text_(text) {}

  /// Empty: nothing.
  std::string_view fault() {
    constexpr std::string_view unquoted = "this is not TOML, text needs quotation marks";
    int dots = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!is_ascii(c)) return unquoted;
      if (c == '"' || c == '\'') {
        // Within a word it begins no text for toml++, which looks at what stands behind it as at the rest of the word.
        if (at_ > 0 && std::string_view(" \t\n=,.[{").find(text_[at_ - 1]) == std::string_view::npos) return unquoted;
        if (!pass_string()) return "a line that goes on behind a backslash must begin with an ASCII letter";
        continue;
      }
      if (c == '#') at_ = std::min(text_.size() - 1, text_.find('\n', at_));
      if (std::string_view("#=,[]{}\n").find(c) != std::string_view::npos) dots = 0;
      if (c == '.' && ++dots == most_parts) return "a key has more than 20 parts";
      ++at_;
    }
    return {};
  }
  long line() const { return 1 + std::ranges::count(text_.substr(0, at_), '\n'); }

 private:
  // To behind its end, or that of the text.
  bool pass_string() {
    const char quote = text_[at_];
    const bool several_lines = text_.substr(at_).starts_with(std::string(3, quote));
    const std::string end(several_lines ? 3 : 1, quote);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (quote == '"' && text_[at_] == '\\') {
        if (!pass_backslash()) return false;
      } else if (text_.substr(at_).starts_with(end)) {
        at_ += end.size();
        for (int more = 0; several_lines && more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return true;
      } else if (text_[at_] == '\n' && !several_lines) {
        return true;
      }
    }
    return true;
  }

  // To the last character that it stands for.
  bool pass_backslash() {
    const auto next = text_.find_first_not_of(" \t\r\n", at_ + 1);
    if (next == std::string_view::npos) return true;
    if (!is_ascii(text_[next])) return false;
    at_ = next == at_ + 1 ? next : next - 1;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

// toml++'s own words are not used: they quote what stands there, which may be a key without its quotation marks.
TomlTable read_toml(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  Check check(text);
  if (const auto fault = check.fault(); !fault.empty()) {
    throw Error(ErrorKind::configuration, fmt::format("{}:{}: {}", file.string(), check.line(), fault));
  }
  const auto result = toml::parse(text, file.string());
  if (result) return table_of(result.table());
  const auto& at = result.error().source().begin;
  throw Error(ErrorKind::configuration, fmt::format("{}:{}: this is not TOML, from column {} on; text needs quotation "
                                                    "marks, and a key may stand only once in a table",
                                                    file.string(), at.line, at.column));
}

}  // namespace headway::config
