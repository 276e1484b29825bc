#include "config/section.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/ascii.hpp"
#include "config/nearest_name.hpp"

namespace headway::config {
namespace {

std::string_view type_of(const TomlValue& value) {
  constexpr std::string_view types[] = {"true or false", "a whole number",   "a number",        "text",
                                        "a table",       "a list of tables", "a list or a date"};
  return types[value.index()];
}

std::optional<double> number_in(const TomlValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

std::optional<double> percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value / 100;
}

bool is_about_a_secret(std::string_view key) {
  const auto name = lowered(key);
  if (name == "token" || name == "bearer" || name == "authorization") return true;
  return std::ranges::any_of(std::initializer_list<std::string_view>{"key", "secret", "password"},
                             [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace

const TomlEntry* Section::find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = std::ranges::find(table_.entries, key, &TomlEntry::key);
  return found == table_.entries.end() ? nullptr : &*found;
}

int Section::line_of(std::string_view key) const {
  const auto found = std::ranges::find(table_.entries, key, &TomlEntry::key);
  return found == table_.entries.end() ? table_.line : found->line;
}

void Section::refuse(int line, std::string_view fault) const {
  throw Error(ErrorKind::configuration, fmt::format("{}:{}: {}", file_.string(), line, fault));
}

void Section::refuse_type(const TomlEntry& entry, std::string_view wanted) const {
  refuse(entry.line, fmt::format("{} must be {}, and is {}", entry.key, wanted, type_of(entry.value)));
}

double Section::checked(const TomlEntry& entry, double value, const Range& range) const {
  if (const auto fault = fault_of(value, range); !fault.empty()) refuse(entry.line, entry.key + fault);
  return value;
}

std::optional<double> Section::number(std::string_view key, const Range& range) {
  const auto* entry = find(key);
  if (!entry) return std::nullopt;
  const auto value = number_in(entry->value);
  if (!value) refuse_type(*entry, "a number");
  return checked(*entry, *value, range);
}

std::optional<std::int64_t> Section::whole_number(std::string_view key, const Range& range) {
  const auto* entry = find(key);
  if (!entry) return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&entry->value);
  if (!value) refuse_type(*entry, "a whole number");
  checked(*entry, static_cast<double>(*value), range);
  return *value;
}

std::optional<std::chrono::milliseconds> Section::seconds(std::string_view key) {
  constexpr Range range{0, 1e6};  // 11 days
  const auto value = number(key, range);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(std::llround(std::ceil(*value * 1000)));
}

std::optional<std::chrono::seconds> Section::whole_seconds(std::string_view key, const Range& range) {
  const auto value = whole_number(key, range);
  return value ? std::optional(std::chrono::seconds(*value)) : std::nullopt;
}

std::optional<double> Section::share(std::string_view key) {
  const auto* entry = find(key);
  if (!entry) return std::nullopt;
  const auto* text = std::get_if<std::string>(&entry->value);
  const auto value = text ? percent(*text) : number_in(entry->value);
  if (!value) refuse(entry->line, fmt::format("{} must be a fraction like 0.5, or a text like \"50%\"", key));
  return checked(*entry, *value, share_range);
}

std::optional<std::string> Section::text(std::string_view key) {
  const auto* entry = find(key);
  if (!entry) return std::nullopt;
  const auto* value = std::get_if<std::string>(&entry->value);
  if (!value) refuse_type(*entry, "text in quotation marks");
  return *value;
}

std::optional<std::string> Section::url(std::string_view key) {
  auto value = text(key);
  if (!value || value->empty()) return value;
  if (!value->starts_with("http://") && !value->starts_with("https://")) {
    refuse(line_of(key), fmt::format("{} must begin with http:// or https://", key));
  }
  if (value->find('@') != std::string::npos) {
    refuse(line_of(key), fmt::format("{} has a user or password in it, which may not stand in this file", key));
  }
  return value;
}

std::optional<std::string> Section::path(std::string_view key) {
  auto value = text(key);
  if (value && !value->empty()) value = (file_.parent_path() / *value).string();
  return value;
}

std::optional<bool> Section::flag(std::string_view key) {
  const auto* entry = find(key);
  if (!entry) return std::nullopt;
  const auto* value = std::get_if<bool>(&entry->value);
  if (!value) refuse_type(*entry, "true or false");
  return *value;
}

const TomlTable* Section::table(std::string_view key) {
  const auto* entry = find(key);
  if (!entry) return nullptr;
  const auto* value = std::get_if<TomlTable>(&entry->value);
  if (!value) refuse_type(*entry, "a table");
  return value;
}

const std::vector<TomlTable>* Section::tables(std::string_view key) {
  const auto* entry = find(key);
  if (!entry) return nullptr;
  const auto* value = std::get_if<std::vector<TomlTable>>(&entry->value);
  if (!value) refuse(entry->line, fmt::format("{0} must be tables, each under [[{0}]]", key));
  return value;
}

void Section::refuse_other_keys() const {
  for (const auto& entry : table_.entries) {
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    if (is_about_a_secret(entry.key)) {
      refuse(entry.line,
             fmt::format("{}: a key itself may not stand in this file; put it into an environment variable, "
                         "and that one's name into api_key_env",
                         entry.key));
    }
    const auto meant = nearest_name(entry.key, known_);
    refuse(entry.line,
           fmt::format("unknown key {}{}", entry.key, meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
}

}  // namespace headway::config
