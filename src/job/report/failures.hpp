#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headway::job {

/// `message` with all made alike that differs from row to row: numbers, ids, long hexadecimal or mixed words become "#";
/// what stands in quotes becomes "…" if it is an id or long. At most 200 bytes.
std::string blurred(std::string_view message);

/// A row, without what was asked.
struct FailureExample {
  FailureExample() {}

  std::string custom_id;  ///< at most 80 bytes
  std::uint64_t line = 0;
};

struct FailureGroup {
  FailureGroup() {}

  std::string kind;     ///< the error's "code"
  std::string verdict;  ///< of "unusable": which; else empty
  std::string message;  ///< of the first, at most 200 bytes: the provider's words if there are any, else headway's
  int status = 0;       ///< HTTP, of the first; 0: no answer came
  std::uint64_t count = 0;
  std::uint64_t maybe_billed = 0;
  std::vector<FailureExample> examples;  ///< the first three
};

/// The lines of an errors file, put into groups by kind and blurred message: for `headway failures`. Memory is bounded:
/// of the groups that come after the first 200 kinds of message only the rows are counted.
class Failures {
 public:
  static constexpr std::size_t most_groups = 200;

  /// One line, with or without its line end. Blank ones are passed over; what is no line of an errors file (a torn one) is
  /// counted as such.
  void add_line(std::string_view line);

  /// The largest first.
  std::vector<FailureGroup> groups() const;
  std::uint64_t rows() const { return rows_; }
  std::uint64_t rows_in_no_group() const { return in_no_group_; }
  std::uint64_t unreadable_lines() const { return unreadable_; }
  const std::map<std::string, std::uint64_t>& by_kind() const { return by_kind_; }

  /// For people: each group with its count, message, examples and what to do. Each line has its line end.
  std::string text() const;
  /// {"rows", "rows_in_no_group", "unreadable_lines", "groups": [{"kind", "verdict", "message", "status", "count",
  /// "maybe_billed", "advice", "examples": [{"custom_id", "line"}]}]} in one line without its line end.
  std::string json() const;

 private:
  std::map<std::string, FailureGroup> groups_;  // by kind, verdict and message
  std::map<std::string, std::uint64_t> by_kind_;
  std::uint64_t rows_ = 0;
  std::uint64_t in_no_group_ = 0;
  std::uint64_t unreadable_ = 0;
};

}  // namespace headway::job
