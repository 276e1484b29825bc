#include "job/input/hash.hpp"

#define XXH_INLINE_ALL  // no library to link
#include <xxhash.h>

namespace headway::job {

std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace headway::job
