#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/store/moved_lines.hpp"
#include "job/store/output_reader.hpp"
#include "job/store/posix_file.hpp"
#include "job/store/recovery.hpp"

namespace headway::job {
namespace {

[[noreturn]] void throw_foreign(const std::filesystem::path& path, std::int64_t offset) {
  throw Error(
      ErrorKind::configuration,
      fmt::format("{} was not written by this run (what stands at byte {} is no line of it), so it is not touched: "
                  "choose another output, or --fresh to move it aside",
                  path.string(), offset));
}

/// One output file's part of inspect().
class Inspection {
 public:
  Inspection(Journal& journal, const StorePaths& paths, OutputFile file, LineForm form, Recovery& result)
      : journal_(journal), path_(paths.of(file)), file_(file), form_(form), parser_(form), result_(result) {
    end_ = journal.file_end(file);
  }

  void run() {
    const auto file = PosixFile::open_existing(path_, O_RDONLY);
    const auto size = file ? file->size() : 0;
    if (file) read_header(*file);
    const bool as_journaled = end_.end == 0 || (file && size >= end_.end && ends_right(*file) && !has_hole(*file));
    if (!as_journaled) {
      look_for_lines(file, size);
    } else if (file && size > end_.end) {
      read_found(*file);
    }
    if (end_.end == 0) end_.start = 0;
    if (size > end_.end) result_.torn_bytes += static_cast<std::uint64_t>(size - end_.end) - cut_bytes_;
    result_.ends[index_of(file_)] = end_;
  }

 private:
  void read_header(const PosixFile& file) {
    if (form_ != LineForm::csv) return;
    OutputReader reader(file, 0, form_);
    const auto header = reader.next();
    if (!header || !reader.is_closed()) return;
    parser_.set_header(*header);
    header_end_ = reader.end();
  }

  // The last line that the journal knows of, found by where it ends.
  bool ends_right(const PosixFile& file) {
    if (end_.end == end_.start) return file_begins_right();
    Statement last(journal_.database(),
                   "SELECT offset, length, id_hash, line FROM rows WHERE file = ? AND offset + length + 1 = ?");
    if (!last.bind(static_cast<int>(file_), end_.end).next()) return byte_before_is_line_end(file, end_.end);
    return stands(file, last);
  }

  bool file_begins_right() const { return header_end_ == end_.start; }

  // What a machine that stopped, or a disk, leaves of a file is zeros, and no line of ours has one.
  bool has_hole(const PosixFile& file) const {
    constexpr std::int64_t at_once = 1 << 20;
    if (form_ == LineForm::bodies) return false;  // whose line is lost could not be said
    std::string part;
    for (std::int64_t at = 0; at < end_.end; at += at_once) {
      part.resize(static_cast<std::size_t>(std::min(at_once, end_.end - at)));
      file.read(at, part);
      if (part.find('\0') != part.npos) return true;
    }
    return false;
  }

  static bool byte_before_is_line_end(const PosixFile& file, std::int64_t offset) {
    std::string byte(1, '\0');
    file.read(offset - 1, byte);
    return byte == "\n";
  }

  bool stands(const PosixFile& file, const Statement& row) {
    const auto offset = row.integer(0);
    if (offset > 0 && !byte_before_is_line_end(file, offset)) return false;
    std::string text(static_cast<std::size_t>(row.integer(1)) + 1, '\0');
    const auto wanted = text.size();
    file.read(offset, text);
    if (text.size() != wanted || text.back() != '\n') return false;
    LineFacts facts;
    if (parser_.parse(std::string_view(text).substr(0, wanted - 1), facts) != LineIs::ours) return false;
    return form_ == LineForm::bodies || (facts.id_hash == row.hash(2) && facts.line == row.hash(3));
  }

  // Where the last of the journal's lines that still stands ends; 0 if none does.
  std::int64_t last_good_line(const PosixFile& file, std::int64_t size) {
    Statement rows(journal_.database(),
                   "SELECT offset, length, id_hash, line FROM rows WHERE file = ? AND offset >= 0 AND"
                   " offset + length < ? ORDER BY offset DESC");
    rows.bind(static_cast<int>(file_), size);
    while (rows.next()) {
      if (stands(file, rows)) return rows.integer(0) + rows.integer(1) + 1;
    }
    return 0;
  }

  // Somebody has edited, shortened or damaged the file.
  void look_for_lines(const std::optional<PosixFile>& file, std::int64_t size) {
    if (!file || form_ == LineForm::bodies) {
      end_.end = file ? last_good_line(*file, size) : 0;
      if (size > 0 && end_.end == 0) throw_foreign(path_, 0);
      return mark_lost_from(end_.end);
    }
    MovedLines lines(journal_, file_);
    end_ = {header_end_, header_end_};
    OutputReader reader(*file, end_.end, form_);
    while (const auto line = reader.next()) look_at(*line, reader, lines);
    for (const auto& [facts, place] : lines.not_its_own())
      keep(facts, place.offset, static_cast<std::size_t>(place.length));
    if (size > 0 && end_.end == end_.start) throw_foreign(path_, 0);
    lines.tell(result_);
  }

  void look_at(std::string_view line, OutputReader& reader, MovedLines& lines) {
    LineFacts facts;
    const bool ours = parser_.parse(line, facts) == LineIs::ours;
    // What looks like a line within a text is one only if it is as long as the journal has it.
    if (!ours || (reader.offset() < text_end_ && !lines.has(facts, std::ssize(line)))) {
      result_.has_strangers[index_of(file_)] = true;
      text_end_ = std::max(text_end_, reader.is_closed() ? reader.end() : std::numeric_limits<std::int64_t>::max());
      return reader.go_back();
    }
    end_.end = reader.end();
    if (!lines.take(facts, {file_, reader.offset(), std::ssize(line)})) keep(facts, reader.offset(), line.size());
  }

  void mark_lost_from(std::int64_t offset) {
    Statement rows(journal_.database(), "SELECT number FROM rows WHERE file = ? AND offset >= ?");
    rows.bind(static_cast<int>(file_), offset);
    while (rows.next()) result_.lost.push_back(rows.integer(0));
  }

  void read_found(const PosixFile& file) {
    const bool began = !journal_.setting("began").empty();
    if (end_.end == 0) end_ = {header_end_, header_end_};
    OutputReader reader(file, end_.end, form_);
    while (const auto line = reader.next()) {
      if (!reader.is_closed()) break;
      LineFacts facts;
      if (parser_.parse(*line, facts) != LineIs::ours) {
        if (!began && end_.end == end_.start) throw_foreign(path_, reader.offset());
        result_.has_strangers[index_of(file_)] = true;  // it has its line end, so it is not torn
        continue;
      }
      if (form_ == LineForm::bodies) {
        if (!began) throw_foreign(path_, reader.offset());
        ++result_.cut_lines;
        cut_bytes_ += line->size() + 1;
        continue;
      }
      keep(facts, reader.offset(), line->size());
      end_.end = reader.end();
    }
    if (!began && end_.end == end_.start) throw_foreign(path_, 0);
  }

  void keep(const LineFacts& facts, std::int64_t offset, std::size_t length) {
    FoundLine found;
    found.id_hash = facts.id_hash;
    found.line = facts.line;
    found.offset = offset;
    found.length = static_cast<std::uint32_t>(length);
    found.prompt_tokens = facts.prompt_tokens;
    found.completion_tokens = facts.completion_tokens;
    found.status = static_cast<std::uint16_t>(facts.status);
    found.kind = kind_index(facts.kind);
    found.file = file_;
    found.invalid = facts.kind == "invalid";
    result_.found.push_back(found);
  }

  std::uint16_t kind_index(const std::string& kind) {
    auto& kinds = result_.kinds;
    const auto found = std::ranges::find(kinds, kind);
    constexpr std::size_t most_kinds = 1000;  // a file that names more is not worth the memory
    if (found == kinds.end() && kinds.size() == most_kinds) return 0;
    const auto index = found - kinds.begin();
    if (found == kinds.end()) kinds.push_back(kind);
    return static_cast<std::uint16_t>(index);
  }

  Journal& journal_;
  const std::filesystem::path& path_;
  OutputFile file_;
  LineForm form_;
  LineParser parser_;
  Recovery& result_;
  FileEnd end_;
  std::int64_t header_end_ = 0;
  std::int64_t text_end_ = 0;  // csv: of a record that is none of the run, whose line ends may be those of other lines
  std::uint64_t cut_bytes_ = 0;
};

// Lines that waited for their turn, were written, and died before the journal heard of it: the journal knows their rows.
void recognise_waiting(Journal& journal, Recovery& result) {
  if (result.found.empty() || !journal.first_waiting(std::numeric_limits<std::int64_t>::min())) return;
  std::unordered_map<std::uint64_t, FoundLine> by_id;
  for (const auto& line : result.found) by_id.emplace(line.id_hash, line);
  Statement rows(journal.database(),
                 "SELECT number, r.id_hash, r.line, r.length FROM waiting JOIN rows r USING(number)");
  while (rows.next()) {
    const auto found = by_id.find(rows.hash(1));
    if (found == by_id.end() || found->second.line != rows.hash(2) || found->second.length != rows.hash(3)) continue;
    const auto& line = found->second;
    result.left.emplace_back(rows.integer(0), Place{line.file, line.offset, line.length});
    std::erase_if(result.found,
                  [&](const FoundLine& other) { return other.offset == line.offset && other.file == line.file; });
    by_id.erase(found);
  }
}

}  // namespace

Recovery inspect(Journal& journal, const StorePaths& paths, LineForm form) {
  Recovery result;
  for (const auto file : output_files) {
    const auto its_form = file == OutputFile::results ? form : LineForm::json;
    Inspection(journal, paths, file, its_form, result).run();
  }
  recognise_waiting(journal, result);
  std::ranges::sort(result.lost);
  std::ranges::sort(result.left, {}, &std::pair<std::int64_t, Place>::first);
  result.rebuilt = journal.setting("began").empty() && !result.found.empty();
  return result;
}

}  // namespace headway::job
