#include "job/store/rewrite.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "job/store/access.hpp"
#include "job/store/fault_points.hpp"
#include "job/store/posix_file.hpp"

namespace headway::job {
namespace {

constexpr std::size_t rewrite_piece = 1 << 20;

std::string mark_of(OutputFile file) {
  return fmt::format("rewrite.{}", index_of(file));
}

/// A new file, written in large pieces.
class NewFile {
 public:
  /// Nobody else may look into it before give_access_of().
  explicit NewFile(const std::filesystem::path& path) : file_(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) {}

  /// Returns where the text begins.
  std::int64_t add(std::string_view text) {
    const auto offset = size_;
    buffer_ += text;
    size_ += static_cast<std::int64_t>(text.size());
    if (buffer_.size() >= rewrite_piece) flush();
    return offset;
  }
  void finish(const PosixFile& old) {
    flush();
    give_access_of(old, file_);
    file_.sync();
  }
  std::int64_t size() const { return size_; }

 private:
  void flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const auto count = ::write(file_.descriptor(), rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw file_error(file_.path(), "cannot be written", count < 0 ? errno : ENOSPC);
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    buffer_.clear();
  }

  PosixFile file_;
  std::string buffer_;
  std::int64_t size_ = 0;
};

std::string text_at(const PosixFile& file, std::int64_t offset, std::int64_t length) {
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(offset, text);
  if (static_cast<std::int64_t>(text.size()) != length) throw file_error(file.path(), "cannot be read", EIO);
  return text;
}

// Copies the true lines and tells the journal where they are in the new file. Returns where that ends.
FileEnd copy_lines(Journal& journal, const PosixFile& from, NewFile& to, OutputFile file, bool ordered) {
  const auto start = journal.file_end(file).start;
  to.add(text_at(from, 0, start));
  auto& database = journal.database();
  Statement place(database, "UPDATE rows SET offset = ? WHERE number = ?");
  Statement rows(database,
                 fmt::format("SELECT number, offset, length FROM rows WHERE file = ? AND offset >= 0 ORDER BY {}",
                             ordered ? "number" : "offset"));
  rows.bind(static_cast<int>(file));
  while (rows.next()) place.run(to.add(text_at(from, rows.integer(1), rows.integer(2) + 1)), rows.integer(0));
  return {start, to.size()};
}

void put_in_place(Journal& journal, const StorePaths& paths, OutputFile file) {
  std::filesystem::rename(paths.rewrite_of(file), paths.of(file));
  sync_folder_of(paths.of(file));
  fault_point("rewrite_renamed");
  journal.set_setting(mark_of(file), "");
}

}  // namespace

bool has_stale_lines(Journal& journal, OutputFile file) {
  const auto end = journal.file_end(file);
  Statement sum(journal.database(), "SELECT total(length + 1) FROM rows WHERE file = ? AND offset >= 0");
  sum.bind(static_cast<int>(file)).next();
  return sum.integer(0) != end.end - end.start;
}

bool is_out_of_order(Journal& journal, OutputFile file) {
  Statement rows(journal.database(), "SELECT offset FROM rows WHERE file = ? AND offset >= 0 ORDER BY number");
  rows.bind(static_cast<int>(file));
  for (std::int64_t before = -1; rows.next(); before = rows.integer(0)) {
    if (rows.integer(0) < before) return true;
  }
  return false;
}

void rewrite(Journal& journal, const StorePaths& paths, OutputFile file, bool ordered) {
  auto& database = journal.database();
  const auto temporary = paths.rewrite_of(file);
  const auto usual = database.number("PRAGMA synchronous");
  {
    const PosixFile from(paths.of(file), O_RDONLY);
    NewFile to(temporary);
    // The commit must be on the disk before the name changes, whatever the durability.
    database.execute("PRAGMA synchronous = FULL");
    Transaction transaction(database);
    journal.set_file_end(file, copy_lines(journal, from, to, file, ordered));
    to.finish(from);
    fault_point("rewrite_written");
    journal.set_setting(mark_of(file), "1");
    transaction.commit();
    fault_point("rewrite_journaled");
  }
  put_in_place(journal, paths, file);
  database.execute(fmt::format("PRAGMA synchronous = {}", usual).c_str());
}

void finish_rewrites(Journal& journal, const StorePaths& paths) {
  for (const auto file : output_files) {
    const auto temporary = paths.rewrite_of(file);
    const bool there = std::filesystem::exists(temporary);
    if (journal.setting(mark_of(file)).empty()) {
      if (there) std::filesystem::remove(temporary);
    } else if (there) {
      put_in_place(journal, paths, file);
    } else {
      journal.set_setting(mark_of(file), "");
    }
  }
}

void tidy(Journal& journal, const StorePaths& paths, bool ordered) {
  for (const auto file : output_files) {
    const bool needed = has_stale_lines(journal, file) || (ordered && is_out_of_order(journal, file));
    if (needed && std::filesystem::exists(paths.of(file))) rewrite(journal, paths, file, ordered);
  }
}

}  // namespace headway::job
