#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headway::net {

/// The lines of an HTTP/1.1 answer, each without its end: what RFC 9112 says, and what servers send that means the same.
/// Each gives nothing for what cannot be meant.
struct Http1Status {
  int status = 0;
  bool is_1_1 = false;  ///< else 1.0
};
/// The reason phrase may be missing, with the blank before it.
std::optional<Http1Status> parse_status_line(std::string_view line);

struct Http1Field {
  std::string_view name;
  std::string_view value;
};
std::optional<Http1Field> parse_field(std::string_view line);

/// A Content-Length; the same one may stand there more than once, apart by commas.
std::optional<std::uint64_t> parse_length(std::string_view value);
/// The size of a chunk, whatever its extensions.
std::optional<std::uint64_t> parse_chunk_size(std::string_view line);

/// Calls with each part of a list that is apart by commas, without the blanks around it.
template <typename Function>
void for_each_in_list(std::string_view list, Function function);

/// Without blanks at its ends.
std::string_view without_blanks(std::string_view text);

template <typename Function>
void for_each_in_list(std::string_view list, Function function) {
  while (!list.empty()) {
    const auto part = list.substr(0, list.find(','));
    list.remove_prefix(part.size() < list.size() ? part.size() + 1 : part.size());
    if (const auto word = without_blanks(part); !word.empty()) function(word);
  }
}

}  // namespace headway::net
