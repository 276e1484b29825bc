#include "job/schema/schema_uri.hpp"

#include <cctype>
#include <charconv>

namespace headway::job {
namespace {

/// Of "http://host/a/b": 4; npos: it has none.
std::size_t scheme_size(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == uri.npos || colon == 0 || !std::isalpha(static_cast<unsigned char>(uri.front()))) return uri.npos;
  for (const char c : uri.substr(0, colon)) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return uri.npos;
  }
  return colon;
}

std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = path.find('/', 1);
    const auto segment = path.substr(0, end);
    path.remove_prefix(segment.size());
    if (segment == "/..") {
      const auto last = out.rfind('/');
      out.resize(last == out.npos ? 0 : last);
      if (path.empty()) out += '/';
    } else if (segment == "/.") {
      if (path.empty()) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

}  // namespace

std::string resolved_uri(std::string_view base, std::string_view reference) {
  if (reference.empty()) return std::string(base);
  if (scheme_size(reference) != reference.npos) return std::string(reference);
  const auto scheme = scheme_size(base);
  const auto start = scheme == base.npos ? 0 : scheme + 1;
  if (reference.starts_with("//")) return std::string(base.substr(0, start)) + std::string(reference);
  const bool has_host = base.substr(start).starts_with("//");
  auto path = has_host ? base.find('/', start + 2) : start;
  if (path == base.npos) path = base.size();
  const std::string before(base.substr(0, path));
  if (reference.starts_with('/')) return before + without_dot_segments(reference);
  const auto slash = base.substr(path).rfind('/');
  auto folder = slash == base.npos ? std::string(has_host ? "/" : "") : std::string(base.substr(path, slash + 1));
  return before + without_dot_segments(folder + std::string(reference));
}

std::string percent_decoded_fragment(std::string_view fragment) {
  std::string out;
  for (std::size_t i = 0; i < fragment.size(); ++i) {
    unsigned code = 0;
    const auto* digits = fragment.data() + i + 1;
    if (fragment[i] == '%' && i + 2 < fragment.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += fragment[i];
    }
  }
  return out;
}

}  // namespace headway::job
