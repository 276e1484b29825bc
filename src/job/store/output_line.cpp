#include "job/store/output_line.hpp"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "job/store/row_id.hpp"

namespace headway::job {
namespace {

using simdjson::dom::element;

std::int64_t count_at(const element& document, std::string_view pointer) {
  std::int64_t count = 0;
  return document.at_pointer(pointer).get(count) == simdjson::SUCCESS ? std::max<std::int64_t>(count, 0) : 0;
}

}  // namespace

LineParser::LineParser(LineForm form) : form_(form), parser_(std::make_unique<simdjson::dom::parser>()) {}
LineParser::~LineParser() = default;

void LineParser::set_header(std::string_view header) {
  if (!split(header)) return;
  const auto& names = csv_.get();
  fields_ = names.size();
  for (std::size_t i = 0; i < fields_; ++i) {
    if (names[i] == "custom_id") id_field_ = i;
    if (names[i] == "line") line_field_ = i;
  }
}

LineIs LineParser::parse(std::string_view line, LineFacts& facts) {
  return form_ == LineForm::csv ? parse_csv(line, facts) : parse_json(line, facts);
}

LineIs LineParser::parse_json(std::string_view line, LineFacts& facts) {
  element document;
  if (parser_->parse(line.data(), line.size()).get(document) != simdjson::SUCCESS) return LineIs::broken;
  if (form_ == LineForm::bodies) return LineIs::ours;
  std::string_view custom_id;
  if (document["custom_id"].get(custom_id) != simdjson::SUCCESS) return LineIs::foreign;
  if (document["line"].get(facts.line) != simdjson::SUCCESS) return LineIs::foreign;
  facts.id_hash = hash_of_id(custom_id);
  std::string_view kind;
  if (document.at_pointer("/error/code").get(kind) == simdjson::SUCCESS) facts.kind = kind;
  facts.status = static_cast<int>(std::min<std::int64_t>(count_at(document, "/response/status_code"), 999));
  facts.prompt_tokens = count_at(document, "/response/body/usage/prompt_tokens");
  facts.completion_tokens = count_at(document, "/response/body/usage/completion_tokens");
  return LineIs::ours;
}

// False: it is torn, within quotes or behind them.
bool LineParser::split(std::string_view record) {
  if (record.ends_with('\r')) record.remove_suffix(1);
  const bool closed = std::ranges::count(record, '"') % 2 == 0;
  return closed && csv_.split(record).empty();
}

LineIs LineParser::parse_csv(std::string_view line, LineFacts& facts) {
  if (!id_field_ || !line_field_) return LineIs::foreign;
  if (!split(line) || csv_.get().size() != fields_) return LineIs::broken;
  const auto number = csv_.get()[*line_field_];
  const auto end = number.data() + number.size();
  if (std::from_chars(number.data(), end, facts.line).ptr != end || number.empty()) return LineIs::foreign;
  facts.id_hash = hash_of_id(csv_.get()[*id_field_]);
  return LineIs::ours;
}

}  // namespace headway::job
