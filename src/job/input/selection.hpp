#pragma once

#include <cstdint>
#include <optional>

#include "job/input/settings.hpp"

namespace headway::job {

/// Which rows of an input are taken: the first N, and of these a random N. Memory is flat and the order the input's
/// (Knuth's selection sampling, TAOCP 2, 3.4.2, algorithm S). The same on every machine.
class Selection {
 public:
  /// `rows`: how many the input has; needed for a sample only.
  Selection(const InputSettings& settings, std::uint64_t rows);

  /// Whether no row will be taken any more.
  bool is_over() const;
  /// Is the next row taken?
  bool takes_next();

 private:
  std::optional<std::uint64_t> limit_;
  bool samples_;
  std::uint64_t rows_left_;  // of these the sample is taken
  std::uint64_t wanted_;
  std::uint64_t random_;
  std::uint64_t seen_ = 0;
};

}  // namespace headway::job
