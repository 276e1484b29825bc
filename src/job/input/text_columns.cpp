#include "job/input/text_columns.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "job/json_text.hpp"

namespace headway::job {

CsvColumns::CsvColumns(const ColumnSlots& slots, std::vector<std::string> header, char delimiter)
    : header_(std::move(header)), fields_(delimiter) {
  places_.resize(slots.size(), header_.size());
  for (std::size_t place = header_.size(); place-- > 0;) {
    if (const auto slot = slots.find(header_[place])) places_[*slot] = place;
  }
  values_.resize(places_.size());
}

std::string CsvColumns::read(std::string_view row) {
  std::ranges::fill(values_, Column{});
  if (auto fault = utf8_fault(row); !fault.empty()) return fault;
  if (auto fault = fields_.split(row); !fault.empty()) return fault;
  const auto& fields = fields_.get();
  if (fields.size() != header_.size()) {
    return fmt::format("has {} fields where the header has {}", fields.size(), header_.size());
  }
  for (std::size_t slot = 0; slot < places_.size(); ++slot) {
    if (places_[slot] < fields.size()) values_[slot] = {Column::Kind::text, fields[places_[slot]]};
  }
  return {};
}

void CsvColumns::append_all(std::string& out) {
  const auto start = out.size();
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (header_[i].empty()) continue;
    out += out.size() == start ? '{' : ',';
    append_json_string(out, header_[i]);
    out += ':';
    append_json_string(out, fields_.get()[i]);
  }
  out += out.size() == start ? "{}" : "}";
}

LineColumns::LineColumns(const ColumnSlots& slots) {
  is_line_.resize(slots.size());
  if (const auto slot = slots.find(name)) is_line_[*slot] = true;
  values_.resize(is_line_.size());
}

std::string LineColumns::read(std::string_view row) {
  row_ = row;
  auto fault = utf8_fault(row);
  for (std::size_t slot = 0; slot < is_line_.size(); ++slot) {
    values_[slot] = is_line_[slot] && fault.empty() ? Column{Column::Kind::text, row} : Column{};
  }
  return fault;
}

void LineColumns::append_all(std::string& out) {
  out += fmt::format("{{\"{}\":", name);
  append_json_string(out, row_);
  out += '}';
}

}  // namespace headway::job
