#pragma once

#include <cstdint>
#include <string_view>

namespace headway {

/// Why an answer ended, whatever its provider calls it.
enum class Ending : std::uint8_t {
  stop,        ///< it is whole. A server that says nothing means this
  tool_calls,  ///< it is whole, and asks for tools
  length,      ///< cut at a limit of tokens
  filtered,    ///< stopped by the provider's filter
  refused,     ///< the model refused
  failed,      ///< the server broke it off. Only streams and errors tell of it: a call that ends so has failed
  unknown,     ///< in a word that headway does not know: not to be taken for whole
};

/// The name as it is written above, e.g. "tool_calls". Never empty.
std::string_view to_string(Ending ending) noexcept;

/// Whether an answer that ended so is all that the model had to say.
constexpr bool is_whole(Ending ending) noexcept {
  return ending == Ending::stop || ending == Ending::tool_calls;
}

}  // namespace headway
