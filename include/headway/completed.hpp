#pragma once

#include <cstddef>
#include <utility>

#include <headway/outcome.hpp>

namespace headway {

/// One awaitable of as_completed that ended: its place in the input, from 0, and how it ended.
template <class T>
struct Completed {
  Completed(std::size_t index_, Outcome<T> outcome_) : index(index_), outcome(std::move(outcome_)) {}

  std::size_t index;
  Outcome<T> outcome;
};

}  // namespace headway
