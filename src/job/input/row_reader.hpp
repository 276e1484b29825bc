#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "job/input/raw_row.hpp"
#include "job/input/row_maker.hpp"
#include "job/input/selection.hpp"
#include "job/input/settings.hpp"
#include "job/row.hpp"

namespace headway::job {

/// A row whose custom_id stands in an earlier one too.
struct DoubledId {
  std::uint64_t number = 0;      ///< as in Row
  std::uint64_t first_line = 0;  ///< where the id stands first
};

/// What only the whole input tells; check_input() finds it.
struct WholeInput {
  WholeInput() {}

  std::uint64_t rows = 0;          ///< of the file; 0 unless there is a sample to take
  std::vector<DoubledId> doubled;  ///< by number
};

/// The rows of an input that the settings select, in its order; the same rows with the same numbers at each reading of the
/// same file. Streamed: memory does not grow with the rows. For one thread at a time.
class RowReader {
 public:
  /// `whole`: of the same input and settings. Without it a sample is empty and doubled ids are not noticed.
  /// Throws Error (`configuration`) for bad settings and a file that cannot be read; says what to do.
  explicit RowReader(const InputSettings& settings, WholeInput whole = {});

  /// See RowMaker.
  std::vector<std::string> unused_columns() const { return maker_->unused_columns(); }
  /// The next row; none at the end. Throws Error (`configuration`) if the file cannot be read any further: it is damaged or
  /// cut, or is not in the encoding that is set.
  std::optional<Entry> next();
  /// The next row for which `wants(number)` is true. The others cost little: they are found, but not read.
  template <class Wants>
  std::optional<Entry> next(Wants wants) {
    while (find_next()) {
      if (wants(number_ - 1)) return make();
    }
    return std::nullopt;
  }

 private:
  bool find_next();
  Entry make();

  std::unique_ptr<RawRows> rows_;
  std::unique_ptr<RowMaker> maker_;
  Selection selection_;
  std::vector<DoubledId> doubled_;
  std::vector<DoubledId>::const_iterator next_doubled_;
  RawRow raw_;
  std::uint64_t number_ = 0;  // of the row after raw_
};

/// Told how many rows were looked at, about every 10,000; it may throw to stop.
using OnRows = std::function<void(std::uint64_t rows)>;
inline constexpr std::uint64_t rows_between_news = 10'000;

/// How many rows a file has, bad ones included, up to `limit` if that is set. Throws as RowReader.
std::uint64_t count_rows(const InputSettings& settings, const OnRows& on_rows = {});

/// The row as a bad one, since its custom_id stands in `first_line` already.
BadRow doubled_row(Row row, std::uint64_t first_line);

}  // namespace headway::job
