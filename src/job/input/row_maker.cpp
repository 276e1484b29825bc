#include "job/input/row_maker.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "job/input/batch_rows.hpp"
#include "job/input/hash.hpp"
#include "job/input/template_rows.hpp"

namespace headway::job {
namespace {

// Never 0, which stands for none.
std::uint64_t request_hash(const Row& row) {
  auto hash = hash_of(row.body, hash_of(row.path));
  if (row.own_id) hash = hash_of(row.custom_id, hash);
  return std::max<std::uint64_t>(hash, 1);
}

}  // namespace

Entry RowMaker::make(const RawRow& raw, std::uint64_t number) {
  Row row;
  row.number = number;
  row.line = raw.line;
  row.custom_id = "row-" + std::to_string(raw.line);
  row.content_hash = hash_of(raw.text);
  auto fault = fault_of(raw);
  if (fault.empty()) fault = fill(raw.text, row);
  if (!fault.empty()) return bad_row(std::move(row), std::move(fault));
  row.request_hash = request_hash(row);
  return row;
}

std::string RowMaker::fault_of(const RawRow& raw) const {
  switch (raw.fault) {
    case RawRow::Fault::too_large:
      return fmt::format("has more than {} bytes", max_row_bytes_);
    case RawRow::Fault::quote_not_closed:
      return "a quotation mark is opened and not closed: the rest of the file belongs to this row";
    case RawRow::Fault::none:
      break;
  }
  return {};
}

std::unique_ptr<RowMaker> row_maker(const InputSettings& settings, const Head& head) {
  if (head.format == InputFormat::batch) return std::make_unique<BatchRows>(settings, head);
  return std::make_unique<TemplateRows>(settings, head);
}

BadRow bad_row(Row row, std::string reason) {
  BadRow bad;
  bad.number = row.number;
  bad.line = row.line;
  bad.custom_id = std::move(row.custom_id);
  bad.columns = std::move(row.columns);
  bad.content_hash = row.content_hash;
  bad.reason = std::move(reason);
  return bad;
}

}  // namespace headway::job
