#include "job/input/prompt_template.hpp"

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/raw_row.hpp"
#include "wire/ascii.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("{} {}", what, why));
}

}  // namespace

PromptTemplate::PromptTemplate(std::string_view text, std::string_view what, ColumnSlots& slots) {
  if (wire::invalid_utf8_at(text)) refuse(what, "is not valid UTF-8");
  for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) refuse(what, "has a {{ without its }}");
    const auto name = wire::without_blanks(text.substr(open + 2, close - open - 2));
    if (name.empty()) refuse(what, "has a {{}} that names no column");
    pieces_.emplace_back(text.substr(0, open), slots.slot_of(name));
    columns_.emplace_back(name);
    text.remove_prefix(close + 2);
  }
  end_ = text;
}

std::string PromptTemplate::append(std::string& out, const RowColumns& row) const {
  bool blank = !pieces_.empty();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto& column = row[pieces_[i].slot];
    if (column.kind == Column::Kind::absent) return fmt::format("has no column \"{}\"", columns_[i]);
    if (column.kind == Column::Kind::null) return fmt::format("the column \"{}\" is null", columns_[i]);
    blank = blank && is_blank(column.value);
    out += pieces_[i].before;
    out += column.value;
  }
  if (blank) return fmt::format("the column \"{}\" is empty", columns_.front());
  out += end_;
  return {};
}

}  // namespace headway::job
