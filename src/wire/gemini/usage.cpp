#include "wire/gemini/usage.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

std::int64_t count_at(simdjson::dom::object counts, std::string_view name) {
  std::int64_t count = 0;
  return counts[name].get(count) ? 0 : std::max<std::int64_t>(0, count);
}

}  // namespace

// What was thought is charged as output and stands besides the candidates', but in answers whose total shows that it is one
// of theirs.
std::optional<Usage> usage_in(simdjson::dom::object answer) {
  const auto counts = object_at(answer, "usageMetadata");
  if (!counts) return std::nullopt;
  Usage usage;
  const auto said = count_at(*counts, "candidatesTokenCount");
  const auto total = count_at(*counts, "totalTokenCount");
  usage.prompt_tokens = count_at(*counts, "promptTokenCount") + count_at(*counts, "toolUsePromptTokenCount");
  usage.cached_tokens = count_at(*counts, "cachedContentTokenCount");
  usage.reasoning_tokens = count_at(*counts, "thoughtsTokenCount");
  const bool thought_is_in_it = said >= usage.reasoning_tokens && usage.prompt_tokens + said == total;
  usage.completion_tokens = thought_is_in_it ? said : said + usage.reasoning_tokens;
  usage.total_tokens = std::max(total, usage.prompt_tokens + usage.completion_tokens);
  return usage;
}

std::string tier_in(simdjson::dom::object answer) {
  const auto counts = object_at(answer, "usageMetadata");
  return counts ? lowered(text_at(*counts, "serviceTier")) : std::string();
}

}  // namespace headway::wire::gemini
