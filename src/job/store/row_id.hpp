#pragma once

#include <cstdint>
#include <string_view>

namespace headway::job {

/// What the journal keeps of a custom_id: FNV-1a, which stays the same between versions and machines. Never 0.
constexpr std::uint64_t hash_of_id(std::string_view custom_id) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : custom_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

}  // namespace headway::job
