#include "job/answer/line_id.hpp"

#include <charconv>

#include <fmt/format.h>

namespace headway::job {
namespace {

constexpr std::string_view id_prefix = "row-";

bool read_number(std::string_view text, int base, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string to_string(const LineId& id) {
  return fmt::format("{}{}-{:016x}-{:016x}", id_prefix, id.number, id.content_hash, id.request_hash);
}

std::optional<LineId> line_id_in(std::string_view text) {
  constexpr std::size_t hash_size = 16;
  constexpr std::size_t hashes_size = 2 * (hash_size + 1);
  if (!text.starts_with(id_prefix) || text.size() <= id_prefix.size() + hashes_size) return std::nullopt;
  const auto hashes = text.substr(text.size() - hashes_size);
  const auto number = text.substr(id_prefix.size(), text.size() - id_prefix.size() - hashes_size);
  LineId id;
  const bool read = hashes[0] == '-' && hashes[hash_size + 1] == '-' && read_number(number, 10, id.number) &&
                    read_number(hashes.substr(1, hash_size), 16, id.content_hash) &&
                    read_number(hashes.substr(hash_size + 2), 16, id.request_hash);
  return read ? std::optional(id) : std::nullopt;
}

}  // namespace headway::job
