#include "job/input/readable_json.hpp"

#include <cstdint>

#include "job/input/escape.hpp"

namespace headway::job {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto continued = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    continued(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    continued(6);
    continued(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    continued(12);
    continued(6);
    continued(0);
  }
}

bool must_stay_escaped(std::uint32_t code) {
  return code < 0x20 || code == '"' || code == '\\' || code == 0x7F || is_high_surrogate(code) ||
         is_low_surrogate(code);
}

}  // namespace

void append_readable_json(std::string& out, std::string_view json) {
  for (auto escape = json.find('\\'); escape != std::string_view::npos; escape = json.find('\\')) {
    out += json.substr(0, escape);
    json.remove_prefix(escape);
    auto code = escaped_unit_at(json, 0);
    auto size = code == 0 ? std::size_t{2} : escape_size;
    const auto low = is_high_surrogate(code) ? escaped_unit_at(json, escape_size) : 0;
    if (is_low_surrogate(low)) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      size = 2 * escape_size;
    }
    if (must_stay_escaped(code)) {
      out += json.substr(0, size);
    } else {
      append_utf8(out, code);
    }
    json.remove_prefix(size);
  }
  out += json;
}

}  // namespace headway::job
