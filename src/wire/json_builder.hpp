#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wire/json_string.hpp"

namespace headway::wire {

/// Writes JSON from its beginning to its end; the commas are its own.
class JsonBuilder {
 public:
  JsonBuilder& open(char bracket) { return separate(), out_ += bracket, *this; }
  JsonBuilder& close(char bracket) { return out_ += bracket, *this; }
  JsonBuilder& key(std::string_view name) { return text(name), out_ += ':', *this; }
  JsonBuilder& text(std::string_view value) { return separate(), append_json_string(out_, value), *this; }
  JsonBuilder& number(std::int64_t value) { return raw(std::to_string(value)); }
  /// A value that is JSON already.
  JsonBuilder& raw(std::string_view json) { return separate(), out_ += json, *this; }

  const std::string& json() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    constexpr std::string_view before_a_value = "{[:";
    if (!out_.empty() && before_a_value.find(out_.back()) == std::string_view::npos) out_ += ',';
  }

  std::string out_;
};

}  // namespace headway::wire
