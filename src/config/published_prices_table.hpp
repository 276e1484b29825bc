#pragma once

#include <span>
#include <string_view>

namespace headway::config {

struct PublishedEntry {
  std::string_view name;    ///< with its provider before it: "groq/openai/gpt-oss-120b"
  std::string_view prices;  ///< as an entry of LiteLLM's table, of the fields that a price file's reader knows
};

/// By name, ascending.
std::span<const PublishedEntry> published_entries() noexcept;
/// The day on which they were taken from what is published, as 2026-11-30.
std::string_view published_on() noexcept;

}  // namespace headway::config
