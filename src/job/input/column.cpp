#include "job/input/column.hpp"

#include <fmt/format.h>

#include "wire/utf8.hpp"

namespace headway::job {

std::size_t ColumnSlots::slot_of(std::string_view name) {
  if (const auto found = find(name)) return *found;
  return slots_.emplace(name, slots_.size()).first->second;
}

std::string utf8_fault(std::string_view text) {
  const auto at = wire::invalid_utf8_at(text);
  if (!at) return {};
  return fmt::format("byte {} (0x{:02X}) is not valid UTF-8; is the file in another encoding (--encoding)?", *at + 1,
                     static_cast<unsigned char>(text[*at]));
}

}  // namespace headway::job
