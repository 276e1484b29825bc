// Just enough JSON for scripts: to write a string, and to find one in a request.
#include <cstdint>
#include <cstdio>

#include "support/replies.hpp"

namespace headway::test {
namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

// Reads a JSON string from its opening quote on.
class StringReader {
 public:
  StringReader(const std::string& json, std::size_t quote) : json_(json), at_(quote + 1) {}

  std::string read() {
    std::string text;
    while (at_ < json_.size() && json_[at_] != '"') {
      if (json_[at_] == '\\') {
        escape(text);
      } else {
        text += json_[at_++];
      }
    }
    return text;
  }

 private:
  void escape(std::string& text) {
    const char kind = json_.at(at_ + 1);
    at_ += 2;
    if (kind == 'u') return append_utf8(text, code_point());
    const std::string_view from = "nrtbf";
    const auto found = from.find(kind);
    text += found == std::string_view::npos ? kind : "\n\r\t\b\f"[found];
  }

  std::uint32_t unit() {
    const auto value = static_cast<std::uint32_t>(std::stoul(json_.substr(at_, 4), nullptr, 16));
    at_ += 4;
    return value;
  }

  std::uint32_t code_point() {
    const std::uint32_t high = unit();
    if (high < 0xD800 || high >= 0xDC00 || json_.compare(at_, 2, "\\u") != 0) return high;
    at_ += 2;
    return 0x10000 + ((high - 0xD800) << 10) + (unit() - 0xDC00);
  }

  const std::string& json_;
  std::size_t at_;
};

std::size_t skip_spaces(const std::string& json, std::size_t at) {
  const auto found = json.find_first_not_of(" \t\r\n", at);
  return found == std::string::npos ? json.size() : found;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      json += escaped;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string json_field(const std::string& json, const std::string& name) {
  const std::string key = '"' + name + '"';
  std::string value;
  for (auto at = json.find(key); at != std::string::npos; at = json.find(key, at + 1)) {
    const auto colon = skip_spaces(json, at + key.size());
    if (colon >= json.size() || json[colon] != ':') continue;
    const auto quote = skip_spaces(json, colon + 1);
    if (quote < json.size() && json[quote] == '"') value = StringReader(json, quote).read();
  }
  return value;
}

}  // namespace headway::test
