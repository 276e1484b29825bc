#include "job/input/prompt_template.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/raw_row.hpp"
#include "job/input/readable_json.hpp"
#include "wire/ascii.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("{} {}", what, why));
}

// A text in quotation marks stands for itself, as in Jinja: {{ '{{' }}. Takes it with the braces behind it.
std::optional<std::string_view> take_literal(std::string_view& text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (text[start] != '\'' && text[start] != '"')) return std::nullopt;
  const auto end = text.find(text[start], start + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto close = text.find_first_not_of(" \t\r\n", end + 1);
  if (close == std::string_view::npos || text.substr(close, 2) != "}}") return std::nullopt;
  const auto literal = text.substr(start + 1, end - start - 1);
  text.remove_prefix(close + 2);
  return literal;
}

}  // namespace

PromptTemplate::PromptTemplate(std::string_view text, std::string_view what, ColumnSlots& slots) {
  if (wire::invalid_utf8_at(text)) refuse(what, "is not valid UTF-8");
  for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    end_ += text.substr(0, open);
    text.remove_prefix(open + 2);
    if (const auto literal = take_literal(text)) {
      end_ += *literal;
      continue;
    }
    const auto close = text.find("}}");
    if (close == std::string_view::npos)
      refuse(what, "has a {{ without its }}; for the braces themselves write {{'{{'}}");
    const auto name = wire::without_blanks(text.substr(0, close));
    if (name.empty()) refuse(what, "has a {{}} that names no column");
    pieces_.emplace_back(std::exchange(end_, {}), slots.slot_of(name));
    columns_.emplace_back(name);
    text.remove_prefix(close + 2);
  }
  end_ += text;
}

std::string PromptTemplate::append(std::string& out, const RowColumns& row) const {
  bool blank = !pieces_.empty();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto& column = row[pieces_[i].slot];
    if (column.kind == Column::Kind::absent) return fmt::format("has no column \"{}\"", columns_[i]);
    if (column.kind == Column::Kind::null) return fmt::format("the column \"{}\" is null", columns_[i]);
    blank = blank && is_blank(column.value);
    out += pieces_[i].before;
    if (column.kind == Column::Kind::json) {
      append_readable_json(out, column.value);
    } else {
      out += column.value;
    }
  }
  if (blank) return fmt::format("the column \"{}\" is empty", columns_.front());
  out += end_;
  return {};
}

}  // namespace headway::job
