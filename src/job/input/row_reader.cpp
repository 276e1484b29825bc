#include "job/input/row_reader.hpp"

#include <fmt/format.h>

#include "job/input/csv_reader.hpp"
#include "job/input/head.hpp"
#include "job/input/line_reader.hpp"

namespace headway::job {
namespace {

std::unique_ptr<RawRows> open_rows(const InputSettings& settings, const Head& head) {
  if (head.format != InputFormat::csv) return std::make_unique<LineReader>(open_text(settings), settings.max_row_bytes);
  auto rows = std::make_unique<CsvReader>(open_text(settings, LineBreaks::outside_quotes), settings.max_row_bytes,
                                          head.dialect.delimiter);
  RawRow header;
  if (head.dialect.has_separator_line) rows->next(header);
  rows->next(header);
  return rows;
}

}  // namespace

RowReader::RowReader(const InputSettings& settings, WholeInput whole)
    : selection_(settings, whole.rows), doubled_(std::move(whole.doubled)), next_doubled_(doubled_.begin()) {
  const auto head = read_head(settings);
  maker_ = row_maker(settings, head);
  rows_ = open_rows(settings, head);
}

std::optional<Entry> RowReader::next() {
  return next([](std::uint64_t) { return true; });
}

bool RowReader::find_next() {
  while (!selection_.is_over() && rows_->next(raw_)) {
    ++number_;
    if (selection_.takes_next()) return true;
  }
  return false;
}

Entry RowReader::make() {
  const auto number = number_ - 1;
  auto entry = maker_->make(raw_, number);
  while (next_doubled_ != doubled_.end() && next_doubled_->number < number) ++next_doubled_;
  if (next_doubled_ == doubled_.end() || next_doubled_->number != number) return entry;
  auto* row = std::get_if<Row>(&entry);
  return row ? doubled_row(std::move(*row), next_doubled_->first_line) : std::move(entry);
}

std::uint64_t count_rows(const InputSettings& settings, const OnRows& on_rows) {
  const auto rows = open_rows(settings, read_head(settings));
  std::uint64_t count = 0;
  for (RawRow row; (!settings.limit || count < *settings.limit) && rows->next(row);) {
    if (++count % rows_between_news == 0 && on_rows) on_rows(count);
  }
  return count;
}

BadRow doubled_row(Row row, std::uint64_t first_line) {
  return bad_row(std::move(row), fmt::format("its custom_id stands in line {} already", first_line));
}

}  // namespace headway::job
