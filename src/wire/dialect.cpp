#include "wire/dialect.hpp"

#include "wire/anthropic/dialect.hpp"
#include "wire/gemini/dialect.hpp"

namespace headway::wire {

const Dialect* dialect_of(std::string_view provider) noexcept {
  if (provider == "anthropic") return &anthropic::dialect();
  return provider == "gemini" ? &gemini::dialect() : nullptr;
}

}  // namespace headway::wire
