#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "job/input/raw_row.hpp"
#include "job/row.hpp"

namespace headway::job {

/// Makes requests of rows. For one thread at a time.
class RowMaker {
 public:
  RowMaker() = default;
  RowMaker(const RowMaker&) = delete;
  RowMaker& operator=(const RowMaker&) = delete;
  virtual ~RowMaker() = default;

  Entry make(const RawRow& raw, std::uint64_t number);

 protected:
  /// Sets what the row itself says: all but its place and its hashes; custom_id stays if it has none of its own. Returns what is
  /// wrong, empty: nothing; then what could be read is set all the same.
  virtual std::string fill(std::string_view text, Row& row) = 0;
};

/// A row that stands for another's place, with the reason why that cannot be sent.
BadRow bad_row(Row row, std::string reason);

}  // namespace headway::job
