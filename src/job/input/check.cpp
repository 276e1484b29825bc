#include "job/input/check.hpp"

#include <algorithm>
#include <deque>
#include <iterator>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/endpoint.hpp"
#include "job/input/hash.hpp"

namespace headway::job {
namespace {

constexpr std::size_t bad_rows_kept = 20;
constexpr std::size_t rows_kept = 3;

using Hashes = std::deque<std::uint64_t>;  // not a vector, which has twice the memory while it grows

struct FirstLine {
  std::uint64_t hash = 0;
  std::uint64_t line = 0;  // 0: was not seen yet
};

std::vector<FirstLine> those_doubled(Hashes hashes) {
  std::ranges::sort(hashes);
  std::vector<FirstLine> doubled;
  for (auto at = hashes.begin(); at != hashes.end();) {
    at = std::adjacent_find(at, hashes.end());
    if (at == hashes.end()) break;
    doubled.push_back({*at, 0});
    at = std::find_if(at, hashes.end(), [hash = *at](std::uint64_t other) { return other != hash; });
  }
  return doubled;
}

// One reading of the input.
class Pass {
 public:
  Pass(const InputSettings& settings, InputCheck& check) : settings_(settings), check_(check) {}

  /// Collects the ids' hashes.
  Hashes first(const OnRows& on_rows) {
    Hashes hashes;
    read(on_rows, [&](Row& row) {
      if (row.own_id) hashes.push_back(hash_of(row.custom_id));
      good(std::move(row));
    });
    return hashes;
  }

  /// Finds the rows that have these.
  void second(const OnRows& on_rows, std::vector<FirstLine> ids) {
    read(on_rows, [&](Row& row) {
      const auto hash = hash_of(row.custom_id);
      const auto id = std::ranges::lower_bound(ids, hash, {}, &FirstLine::hash);
      const bool is_one = row.own_id && id != ids.end() && id->hash == hash;
      if (!is_one) return good(std::move(row));
      if (id->line == 0) {
        id->line = row.line;
        return good(std::move(row));
      }
      check_.whole.doubled.push_back({row.number, id->line});
      bad(doubled_row(std::move(row), id->line));
    });
  }

 private:
  template <class OnRow>
  void read(const OnRows& on_rows, OnRow on_row) {
    check_.rows = check_.bad_rows = check_.prompt_bytes = 0;
    check_.only_embeddings = true;
    check_.first_bad.clear();
    check_.first_rows.clear();
    RowReader reader(settings_, check_.whole);
    check_.unused_columns = reader.unused_columns();
    while (auto entry = reader.next()) {
      if (++check_.rows % rows_between_news == 0 && on_rows) on_rows(check_.rows);
      if (auto* row = std::get_if<Row>(&*entry)) {
        on_row(*row);
      } else {
        bad(std::get<BadRow>(std::move(*entry)));
      }
    }
  }

  void good(Row row) {
    check_.prompt_bytes += row.prompt_bytes;
    check_.only_embeddings = check_.only_embeddings && row.path == path_of(Endpoint::embeddings);
    if (check_.first_rows.size() < rows_kept) check_.first_rows.push_back(std::move(row));
  }

  void bad(BadRow row) {
    ++check_.bad_rows;
    if (check_.first_bad.size() < bad_rows_kept) check_.first_bad.push_back(std::move(row));
  }

  const InputSettings& settings_;
  InputCheck& check_;
};

}  // namespace

InputCheck check_input(const InputSettings& settings, const OnRows& on_rows) {
  InputCheck check;
  check.file = settings.shown_name();
  if (settings.sample) check.whole.rows = count_rows(settings, on_rows);
  Pass pass(settings, check);
  if (auto doubled = those_doubled(pass.first(on_rows)); !doubled.empty()) pass.second(on_rows, std::move(doubled));
  if (check.rows == 0) throw Error(ErrorKind::configuration, fmt::format("{} has no rows", check.file));
  return check;
}

}  // namespace headway::job
