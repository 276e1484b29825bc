#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include <headway/error.hpp>

namespace headway {

namespace detail {
/// The error of a call that never ran; shared, so that a vector of default-made outcomes costs nothing.
const Error& never_ran();
}  // namespace detail

/// How one call ended: with a `T` or with an Error. The article's `return_exceptions=True`, one element of it.
/// A default-made Outcome is an error of kind `cancelled`: a call that never ran. As thread-safe as its `T`.
template <class T>
class [[nodiscard]] Outcome {
  static_assert(!std::is_base_of_v<Error, T>, "an Outcome holds an Error as it is");

 public:
  using value_type = T;

  Outcome() : state_(std::in_place_index<1>, detail::never_ran()) {}
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Outcome(const Error& error) : state_(std::in_place_index<1>, error) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; throws the Error (or the exception it stands for) if there is none.
  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }

  /// The value, unchecked: has_value() must be true.
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// The error, unchecked: has_value() must be false. Valid as long as the Outcome; a copy of it is cheap.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  void check() const {
    if (!has_value()) error().raise();
  }

  std::variant<T, Error> state_;
};

}  // namespace headway
