#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace headway::python {

namespace nb = nanobind;

/// Keyword arguments that are taken one by one; None is as good as left out. What nobody took is a TypeError.
class Settings {
 public:
  /// `owner`: whose they are, for the error.
  Settings(const nb::dict& given, std::string owner);

  template <class T>
  void take(const char* name, T& value) {
    const auto found = pop(name);
    if (found.is_none()) return;
    if (!nb::try_cast(found, value)) refuse(name);
  }
  template <class T>
  void take(const char* name, std::optional<T>& value) {
    T found{};
    const auto given = pop(name);
    if (given.is_none()) return;
    if (!nb::try_cast(given, found)) refuse(name);
    value = std::move(found);
  }
  /// Of seconds.
  void take(const char* name, std::chrono::milliseconds& value);
  void take(const char* name, std::optional<std::chrono::milliseconds>& value);
  /// One string, or several.
  void take_strings(const char* name, std::vector<std::string>& values);

  /// None if it was left out.
  nb::object pop(const char* name);
  /// Throws TypeError for what is left.
  void done() const;
  [[noreturn]] void refuse(const char* name) const;

 private:
  nb::dict left_;
  std::string owner_;
};

}  // namespace headway::python
