#pragma once

#include <cstdint>
#include <string_view>

namespace headway::job {

/// XXH3's 64 bits (xxHash 0.8), the same on every machine and in every version: journals keep them. `seed`: e.g. the hash of
/// what stands before. Not for what must withstand an attacker.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace headway::job
