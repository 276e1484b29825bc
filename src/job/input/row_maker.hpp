#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "job/input/head.hpp"
#include "job/input/raw_row.hpp"
#include "job/row.hpp"

namespace headway::job {

/// Makes requests of rows. For one thread at a time.
class RowMaker {
 public:
  explicit RowMaker(std::size_t max_row_bytes) : max_row_bytes_(max_row_bytes) {}
  RowMaker(const RowMaker&) = delete;
  RowMaker& operator=(const RowMaker&) = delete;
  virtual ~RowMaker() = default;

  Entry make(const RawRow& raw, std::uint64_t number);
  /// Columns, of the head's, that seem meant for the request, and are neither sent nor carried to the output.
  virtual std::vector<std::string> unused_columns() const { return {}; }

 protected:
  /// Sets what the row itself says: all but its place and its hashes; custom_id stays if it has none of its own. Returns what is
  /// wrong, empty: nothing; then what could be read is set all the same.
  virtual std::string fill(std::string_view text, Row& row) = 0;

 private:
  std::string fault_of(const RawRow& raw) const;

  std::size_t max_row_bytes_;
};

/// For rows of that form. Throws Error (`configuration`) for settings that do not go with it.
std::unique_ptr<RowMaker> row_maker(const InputSettings& settings, const Head& head);

/// The row as one that cannot be sent.
BadRow bad_row(Row row, std::string reason);

}  // namespace headway::job
