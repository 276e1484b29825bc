#pragma once

#include <exception>
#include <tuple>
#include <utility>

#include <headway/outcome.hpp>

namespace headway::call {

/// How a call's end is told to handlers of `void(std::exception_ptr, T)`.
template <class T>
std::tuple<std::exception_ptr, T> throwing(Outcome<T> outcome) {
  if (outcome) return {nullptr, *std::move(outcome)};
  return {std::make_exception_ptr(outcome.error()), T()};
}

/// To handlers of `void(Outcome<T>)`.
template <class T>
std::tuple<Outcome<T>> unchanged(Outcome<T> outcome) {
  return {std::move(outcome)};
}

}  // namespace headway::call
