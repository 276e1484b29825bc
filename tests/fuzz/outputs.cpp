// What stands in outputs that somebody has edited, shortened or damaged. The first byte says how the rest is used: as a file's
// bytes, or as edits of a run's two files, in JSON or CSV.
//   - The reader of lines gives every byte of a file once, and its parser says the same of a line whatever came before it.
//   - A line with a zero byte is never a line of the run.
//   - A file is refused only if no line of the run stands there whole. In JSON a row is not lost whose line is there; where a row's
//     line is said to stand, a line of that row stands, also of rows that the journal does not know; and no hole counts as a row.

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <headway/error.hpp>

#include "edits.hpp"
#include "files.hpp"
#include "input.hpp"
#include "job/store/output_line.hpp"
#include "job/store/output_reader.hpp"
#include "job/store/recovery.hpp"
#include "job/store/row_id.hpp"

namespace headway::fuzz {
namespace {

using job::FoundLine;
using job::LineFacts;
using job::LineForm;
using job::LineIs;
using job::OutputFile;

constexpr std::size_t largest = 20'000;  // lines that are doubled again and again
constexpr std::string_view csv_header = "custom_id,line,text";

bool same(const LineFacts& a, const LineFacts& b) {
  return a.id_hash == b.id_hash && a.line == b.line && a.kind == b.kind && a.status == b.status &&
         a.prompt_tokens == b.prompt_tokens && a.completion_tokens == b.completion_tokens;
}

/// What a parser says that has seen no other line; only if the line is ours.
std::optional<LineFacts> facts_of(std::string_view line, LineForm form, std::string_view header) {
  job::LineParser parser(form);
  if (form == LineForm::csv) parser.set_header(header);
  LineFacts facts;
  return parser.parse(line, facts) == LineIs::ours ? std::optional(facts) : std::nullopt;
}

void fuzz_lines(std::string_view bytes, LineForm form) {
  static const auto path = folder() / "lines";
  write_file(path, bytes);
  const job::PosixFile file(path, O_RDONLY);
  job::OutputReader reader(file, 0, form);
  job::LineParser parser(form);
  std::string header, again;
  while (const auto line = reader.next()) {
    require(reader.offset() == std::ssize(again));
    (again += *line) += '\n';
    require(reader.end() == std::ssize(again));
    if (form == LineForm::csv && header.empty()) parser.set_header(header = *line);
    LineFacts facts;
    const bool ours = parser.parse(*line, facts) == LineIs::ours;
    const auto alone = facts_of(*line, form, header);
    require(ours == alone.has_value() && (!ours || same(facts, *alone)));
    require(!ours || line->find('\0') == line->npos);
  }
  require(bytes.starts_with(again));
  require(form == LineForm::csv || bytes.find('\n', again.size()) == bytes.npos);
}

struct Known {
  OutputFile file;
  std::int64_t offset;
  std::string line;
};

/// A run of a few rows that has ended, in a folder of its own.
class World {
 public:
  explicit World(LineForm form)
      : form_(form),
        paths_(made(form)),
        journal_(std::make_unique<job::Journal>(paths_.journal, job::Durability::process)) {
    const auto start = form == LineForm::csv ? std::ssize(csv_header) + 1 : 0;
    if (start > 0) texts_[0] = std::string(csv_header) + "\n";
    for (std::uint64_t number = 0; number < 12; ++number)
      put(number, number % 4 == 3 ? OutputFile::errors : OutputFile::results);
    journal_->set_file_end(OutputFile::results, {start, std::ssize(texts_[0])});
    journal_->set_file_end(OutputFile::errors, {0, std::ssize(texts_[1])});
    journal_->set_setting("began", "yes");
  }

  void play(Edits edits) {
    auto texts = texts_;
    for (Edits::Edit edit{}; texts[0].size() + texts[1].size() < largest && edits.next(edit);) {
      apply(edit, edits, texts);
    }
    for (const auto file : job::output_files) write_file(paths_.of(file), texts[job::index_of(file)]);
    try {
      check(job::inspect(*journal_, paths_, form_), texts);
    } catch (const Error&) {
      require(std::ranges::any_of(job::output_files, [&](OutputFile file) { return may_be_refused(file, texts); }));
    }
  }

 private:
  using Texts = std::array<std::string, 2>;

  static job::StorePaths made(LineForm form) {
    const auto place = folder() / (form == LineForm::csv ? "csv" : "json");
    std::filesystem::create_directory(place);
    return job::StorePaths(place / (form == LineForm::csv ? "out.csv" : "out.jsonl"));
  }

  LineForm form_of(OutputFile file) const { return file == OutputFile::results ? form_ : LineForm::json; }

  void put(std::uint64_t number, OutputFile file) {
    job::Record record;
    record.number = number;
    record.line = number + 1;
    record.state = file == OutputFile::results ? job::RowState::done : job::RowState::failed;
    record.attempts = 1;
    const auto id = fmt::format("q{}", number);
    record.id_hash = job::hash_of_id(id);
    auto& text = texts_[job::index_of(file)];
    known_.push_back({file, std::ssize(text), line_of(id, record.line, file)});
    journal_->put(record, file, std::ssize(known_.back().line), known_.back().offset);
    (text += known_.back().line) += '\n';
  }

  std::string line_of(const std::string& id, std::uint64_t line, OutputFile file) const {
    if (file == OutputFile::errors) {
      return fmt::format(R"({{"id":"row-1","custom_id":"{}","response":null,"error":{{"code":"server"}},"line":{}}})",
                         id, line);
    }
    if (form_ == LineForm::csv) return fmt::format("{},{},\"two\nlines \"\"{}\"\"\"", id, line, id);
    return fmt::format(
        R"({{"custom_id":"{}","response":{{"status_code":200,"body":{{"usage":{{"prompt_tokens":3}}}}}},"line":{}}})",
        id, line);
  }

  static std::size_t start_of_line(const std::string& text, unsigned nth) {
    std::size_t at = 0;
    for (const auto count = std::ranges::count(text, '\n') + 1; nth % static_cast<unsigned>(count) > 0; --nth) {
      at = text.find('\n', at);
      at = at == text.npos ? text.size() : at + 1;
      if (at == text.size()) break;
    }
    return at;
  }

  static std::string line_at(const std::string& text, std::size_t at) {
    return text.substr(at, text.find('\n', at) == text.npos ? text.npos : text.find('\n', at) + 1 - at);
  }

  static void apply(const Edits::Edit& edit, Edits& edits, Texts& texts) {
    auto& text = texts[edit.what >> 7];
    const auto at = std::min<std::size_t>(text.size(), edit.place % (text.size() + 1));
    const auto line = start_of_line(text, edit.place);
    switch (edit.what % 8) {
      case 0:
        text.erase(line, line_at(text, line).size());
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(edit.value);
        break;
      case 2:
        text.replace(at, edit.value, std::string(std::min<std::size_t>(edit.value, text.size() - at), '\0'));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text += line_at(text, line);
        break;
      case 5:
        text.insert(start_of_line(text, edit.value), line_at(text, line));
        break;
      case 6:
        text.insert(at, edits.take(edit.value));
        break;
      default:
        texts[1 - (edit.what >> 7)] += line_at(text, line);
    }
  }

  /// Whether the line stands there with its end, at the file's beginning or behind a line end.
  static bool has_line(const std::string& text, const std::string& line) {
    const auto ended = line + '\n';
    for (auto at = text.find(ended); at != text.npos; at = text.find(ended, at + 1)) {
      if (at == 0 || text[at - 1] == '\n') return true;
    }
    return false;
  }

  bool may_be_refused(OutputFile file, const Texts& texts) const {
    const auto& text = texts[job::index_of(file)];
    if (form_of(file) == LineForm::csv) return true;  // one quote more makes one line of all the rest
    return !text.empty() &&
           std::ranges::none_of(known_, [&](const Known& row) { return row.file == file && has_line(text, row.line); });
  }

  void check(const job::Recovery& said, const Texts& texts) const {
    for (const auto file : job::output_files) {
      const auto& text = texts[job::index_of(file)];
      const auto end = said.ends[job::index_of(file)].end;
      require(end >= 0 && end <= std::ssize(text) && (end == 0 || text[static_cast<std::size_t>(end) - 1] == '\n'));
    }
    for (std::size_t number = 0; number < known_.size(); ++number)
      check_row(static_cast<std::int64_t>(number), said, texts);
    for (const auto& found : said.found)
      check_place({found.file, found.offset, found.length}, found.id_hash, found.line, texts);
  }

  void check_row(std::int64_t number, const job::Recovery& said, const Texts& texts) const {
    const auto& row = known_[static_cast<std::size_t>(number)];
    const auto& text = texts[job::index_of(row.file)];
    const bool lost = std::ranges::binary_search(said.lost, number);
    if (form_of(row.file) == LineForm::json && has_line(text, row.line)) require(!lost);
    const auto moved = std::ranges::find(said.left, number, &std::pair<std::int64_t, job::Place>::first);
    if (moved != said.left.end()) {
      require(!lost && moved->second.file == row.file);
      check_place(moved->second, job::hash_of_id(fmt::format("q{}", number)), static_cast<std::uint64_t>(number) + 1,
                  texts);
    } else if (!lost) {
      const auto there = text.substr(static_cast<std::size_t>(row.offset), row.line.size() + 1);
      require(there.size() == row.line.size() + 1 && there.find('\0') == there.npos);
    }
  }

  void check_place(const job::Place& place, std::uint64_t id_hash, std::uint64_t line, const Texts& texts) const {
    const auto& text = texts[job::index_of(place.file)];
    const auto begin = static_cast<std::size_t>(place.offset), length = static_cast<std::size_t>(place.length);
    require(place.offset >= 0 && begin + length < text.size() && text[begin + length] == '\n');
    require(begin == 0 || text[begin - 1] == '\n');
    const auto facts = facts_of(std::string_view(text).substr(begin, length), form_of(place.file), header_in(text));
    require(facts && facts->id_hash == id_hash && facts->line == line);
  }

  static std::string_view header_in(const std::string& text) {
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      quoted ^= text[at] == '"';
      if (text[at] == '\n' && !quoted) return std::string_view(text).substr(0, at);
    }
    return {};
  }

  LineForm form_;
  job::StorePaths paths_;
  std::unique_ptr<job::Journal> journal_;
  Texts texts_;
  std::vector<Known> known_;
};

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway::fuzz;
  if (size == 0) return 0;
  static World json(LineForm::json), csv(LineForm::csv);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      fuzz_lines(bytes, LineForm::json);
      break;
    case 1:
      fuzz_lines(bytes, LineForm::csv);
      break;
    case 2:
      fuzz_lines(bytes, LineForm::bodies);
      break;
    case 3:
      json.play(Edits(bytes));
      break;
    default:
      csv.play(Edits(bytes));
  }
  return 0;
}
