#include "settings.hpp"

#include <cmath>
#include <utility>

namespace headway::python {

Settings::Settings(const nb::dict& given, std::string owner)
    : left_(nb::steal<nb::dict>(PyDict_Copy(given.ptr()))), owner_(std::move(owner)) {}

nb::object Settings::pop(const char* name) {
  const nb::str key(name);
  if (!left_.contains(key)) return nb::none();
  nb::object value = left_[key];
  if (PyDict_DelItem(left_.ptr(), key.ptr()) != 0) throw nb::python_error();
  return value;
}

void Settings::take(const char* name, std::chrono::milliseconds& value) {
  std::optional<std::chrono::milliseconds> given;
  take(name, given);
  if (given) value = *given;
}

void Settings::take(const char* name, std::optional<std::chrono::milliseconds>& value) {
  constexpr double longest = 1e9;  // thirty years
  double seconds = -1;
  const auto given = pop(name);
  if (given.is_none()) return;
  if (!nb::try_cast(given, seconds) || !(seconds >= 0 && seconds <= longest)) refuse(name);
  value = std::chrono::milliseconds(std::llround(std::ceil(seconds * 1000)));
}

void Settings::take_strings(const char* name, std::vector<std::string>& values) {
  const auto given = pop(name);
  if (given.is_none()) return;
  if (nb::isinstance<nb::str>(given)) {
    values = {nb::cast<std::string>(given)};
  } else if (!nb::try_cast(given, values)) {
    refuse(name);
  }
}

void Settings::done() const {
  for (const auto& [name, value] : left_) {
    const auto text = owner_ + " has no option '" + nb::cast<std::string>(nb::str(name)) + "'";
    throw nb::type_error(text.c_str());
  }
}

void Settings::refuse(const char* name) const {
  const auto text = owner_ + ": the value of '" + name + "' is of the wrong type or out of range";
  throw nb::type_error(text.c_str());
}

}  // namespace headway::python
