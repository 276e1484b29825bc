// Inputs in CSV: the same rows whatever the pieces they are read in, each row a request or a bad row with its reason; a file of
// many columns takes no time that grows with their square; and what is written of a row as CSV is known again as its line.

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <headway/error.hpp>

#include "effort.hpp"
#include "files.hpp"
#include "job/answer/csv_record.hpp"
#include "job/input/csv_reader.hpp"
#include "job/input/row_reader.hpp"
#include "job/store/output_line.hpp"
#include "job/store/row_id.hpp"

namespace headway::fuzz {
namespace {

constexpr std::size_t largest_row = 1'000;

class Slices : public job::ByteSource {
 public:
  Slices(std::string_view bytes, std::size_t size) : bytes_(bytes), size_(size) {}

  std::size_t read(char* to, std::size_t room) override {
    const auto part = bytes_.substr(0, std::min(size_, room));
    std::copy(part.begin(), part.end(), to);
    bytes_.remove_prefix(part.size());
    return part.size();
  }

 private:
  std::string_view bytes_;
  std::size_t size_;
};

using Row = std::tuple<std::uint64_t, std::string, job::RawRow::Fault>;

std::vector<Row> rows_of(std::string_view text, std::size_t slice, char delimiter) {
  job::CsvReader reader(job::TextWindow(std::make_unique<Slices>(text, slice)), largest_row, delimiter);
  std::vector<Row> rows;
  for (job::RawRow row; reader.next(row);) rows.emplace_back(row.line, row.text, row.fault);
  return rows;
}

void fuzz_slices(std::string_view text, std::size_t slice) {
  for (const char delimiter : {',', '\t'})
    require(rows_of(text, slice, delimiter) == rows_of(text, 1 << 20, delimiter));
}

// The last column is the text, and what stands in `custom_id` and `line` is whose it is.
void fuzz_output_line(const job::Row& row, std::string_view text) {
  const std::vector<std::string> columns{"a", "text", "q\"uoted"};
  job::LineParser parser(job::LineForm::csv);
  parser.set_header(job::csv_header(columns));
  job::LineFacts facts;
  require(parser.parse(job::csv_record(row, columns, text), facts) == job::LineIs::ours);
  require(facts.line == row.line);
  require(row.custom_id.find('\0') != std::string::npos || facts.id_hash == job::hash_of_id(row.custom_id));
}

void fuzz_rows(std::string_view text) {
  job::InputSettings settings;
  settings.path = folder() / "in.csv";
  settings.prompt = "Say it";
  settings.model = "m";
  settings.columns = {"*"};
  settings.max_row_bytes = largest_row;
  write_file(settings.path, text);
  try {
    job::RowReader reader(settings);
    std::uint64_t number = 0;
    while (const auto entry = reader.next()) {
      if (const auto* bad = std::get_if<job::BadRow>(&*entry)) {
        require(bad->number == number++ && !bad->reason.empty());
      } else {
        const auto& row = std::get<job::Row>(*entry);
        require(row.number == number++);
        fuzz_output_line(row, text);
      }
    }
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::configuration && std::string_view(error.what()).size() > 10);
  }
}

void fuzz_many_columns(std::string_view name, std::size_t count) {
  std::string header, row;
  for (std::size_t i = 0; i < count; ++i) {
    header += fmt::format("{}{},", name, i);
    row += fmt::format("{},", name);
  }
  const Effort effort(5);
  job::InputSettings settings;
  settings.path = folder() / "wide.csv";
  settings.prompt = "Say it";
  settings.columns = {"*"};
  settings.model = "m";
  write_file(settings.path, header + "z\n" + row + "z\n");
  try {
    job::RowReader reader(settings);
    while (reader.next()) continue;
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  headway::fuzz::fuzz_slices(text, std::size_t{data[0]} % 64 + 1);
  headway::fuzz::fuzz_rows(text);
  if (data[0] == 255)
    headway::fuzz::fuzz_many_columns(text.substr(0, std::min<std::size_t>(20, text.find_first_of(",\n"))), 3'000);
  return 0;
}
