#include "job/store/output_line.hpp"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "job/store/row_id.hpp"
#include "wire/json_fields.hpp"
#include "wire/usage.hpp"

namespace headway::job {
namespace {

using simdjson::ondemand::value;
using wire::each_field;

// A line holds a provider's body: only what is looked for must be readable.
void read_body(value body, LineFacts& facts) {
  each_field(body, [&](std::string_view name, value v) {
    if (name != "usage") return;
    const auto charge = wire::charge_of(v);
    if (!charge) return;
    facts.prompt_tokens = charge->usage.prompt_tokens;
    facts.completion_tokens = charge->usage.completion_tokens;
  });
}

void read_response(value response, LineFacts& facts) {
  each_field(response, [&](std::string_view name, value v) {
    if (name == "status_code")
      facts.status = static_cast<int>(std::clamp<std::int64_t>(wire::integer_of(v).value_or(0), 0, 999));
    if (name == "body" && wire::type_of(v) == simdjson::ondemand::json_type::object) read_body(v, facts);
  });
}

// Whether quotes stand as RFC 4180 has them. A reader that takes others for text would take a torn record, with the one behind it, for a
// row.
bool is_strict_csv(std::string_view record) {
  while (true) {
    if (record.starts_with('"')) {
      do {
        const auto end = record.find('"', 1);
        if (end == record.npos) return false;
        record.remove_prefix(end + 1);
      } while (record.starts_with('"'));
      if (!record.empty() && record.front() != ',') return false;
    } else {
      const auto end = std::min(record.find(','), record.size());
      if (record.substr(0, end).find_first_of("\"\n") != record.npos) return false;
      record.remove_prefix(end);
    }
    if (record.empty()) return true;
    record.remove_prefix(1);
  }
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
  if (line.find('\0') != line.npos) return LineIs::broken;  // no line of ours has one: it is a hole
  return form_ == LineForm::csv ? parse_csv(line, facts) : parse_json(line, facts);
}

LineIs LineParser::parse_json(std::string_view line, LineFacts& facts) {
  if (form_ == LineForm::bodies && !line.starts_with('{')) return is_json(line) ? LineIs::ours : LineIs::broken;
  bool has_id = false, has_line = false;
  buffer_.assign(line);
  const auto fault = wire::read_fields(buffer_, [&](std::string_view name, value v) {
    if (name == "custom_id" && wire::type_of(v) == simdjson::ondemand::json_type::string) {
      has_id = true;
      facts.id_hash = hash_of_id(wire::text_of(v));
    } else if (name == "line") {
      has_line = !v.get_uint64().get(facts.line);
    } else if (name == "response") {
      if (wire::type_of(v) == simdjson::ondemand::json_type::object) read_response(v, facts);
    } else if (name == "error") {
      if (wire::type_of(v) != simdjson::ondemand::json_type::object) return;
      each_field(v, [&](std::string_view field, value kind) {
        if (field == "code") facts.kind = wire::text_of(kind);
      });
    }
  });
  if (fault) return LineIs::broken;
  if (form_ == LineForm::bodies) return LineIs::ours;
  return has_id && has_line ? LineIs::ours : LineIs::foreign;
}

bool LineParser::is_json(std::string_view line) {
  return parser_->parse(line.data(), line.size()).error() == simdjson::SUCCESS;
}

bool LineParser::split(std::string_view record) {
  if (record.ends_with('\r')) record.remove_suffix(1);
  return is_strict_csv(record) && csv_.split(record).empty();
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
