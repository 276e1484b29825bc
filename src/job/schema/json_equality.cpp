#include "job/schema/json_equality.hpp"

#include <cmath>
#include <functional>
#include <string_view>
#include <unordered_map>

namespace headway::job {
namespace {

namespace json = boost::json;

std::size_t mixed(std::size_t a, std::size_t b) {
  return a ^ (b + 0x9E3779B97F4A7C15 + (a << 6) + (a >> 2));
}

// Equal values have equal hashes.
std::size_t hash_value_of(const json::value& value, Steps& steps) {
  steps.take();
  if (value.is_number()) return std::hash<double>()(number_of(value));
  if (value.is_string()) {
    steps.take(static_cast<std::int64_t>(value.get_string().size() / 64));
    return std::hash<std::string_view>()(value.get_string());
  }
  std::size_t hash = static_cast<std::size_t>(value.kind());
  if (value.is_bool()) return mixed(hash, value.get_bool() ? 1 : 0);
  if (value.is_array()) {
    for (const auto& item : value.get_array()) hash = mixed(hash, hash_value_of(item, steps));
  } else if (value.is_object()) {
    for (const auto& [name, field] : value.get_object()) {
      hash += mixed(std::hash<std::string_view>()(name), hash_value_of(field, steps));
    }
  }
  return hash;
}

bool equal_objects(const json::object& a, const json::object& b, Steps& steps) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, field] : a) {
    const auto* other = b.if_contains(name);
    if (other == nullptr || !are_equal(field, *other, steps)) return false;
  }
  return true;
}

}  // namespace

double number_of(const json::value& number) {
  if (number.is_int64()) return static_cast<double>(number.get_int64());
  if (number.is_uint64()) return static_cast<double>(number.get_uint64());
  return number.get_double();
}

bool is_integer(const json::value& value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::isfinite(value.get_double()) && std::floor(value.get_double()) == value.get_double();
}

bool are_equal(const json::value& a, const json::value& b, Steps& steps) {
  steps.take();
  if (a.is_number() && b.is_number()) {
    if (a.is_int64() && b.is_int64()) return a.get_int64() == b.get_int64();
    if (a.is_uint64() && b.is_uint64()) return a.get_uint64() == b.get_uint64();
    return number_of(a) == number_of(b);
  }
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) return a.get_string() == b.get_string();
  if (a.is_bool()) return a.get_bool() == b.get_bool();
  if (a.is_object()) return equal_objects(a.get_object(), b.get_object(), steps);
  if (!a.is_array()) return true;
  const auto& left = a.get_array();
  const auto& right = b.get_array();
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!are_equal(left[i], right[i], steps)) return false;
  }
  return true;
}

bool are_unique(const json::array& items, Steps& steps) {
  std::unordered_multimap<std::size_t, const json::value*> seen;
  for (const auto& item : items) {
    const auto hash = hash_value_of(item, steps);
    const auto [begin, end] = seen.equal_range(hash);
    for (auto same = begin; same != end; ++same) {
      if (are_equal(*same->second, item, steps)) return false;
    }
    seen.emplace(hash, &item);
  }
  return true;
}

}  // namespace headway::job
