#pragma once

#include <optional>
#include <utility>

namespace headway::config {

/// Gives `target` the value, if there is one.
template <class Target, class Value>
void assign(Target& target, std::optional<Value> value) {
  if (value) target = static_cast<Target>(*std::move(value));
}

template <class Target, class Value>
void assign(std::optional<Target>& target, std::optional<Value> value) {
  if (value) target = static_cast<Target>(*std::move(value));
}

}  // namespace headway::config
