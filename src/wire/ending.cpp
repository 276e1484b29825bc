#include "wire/ending.hpp"

#include <algorithm>
#include <utility>

#include "wire/ascii.hpp"

namespace headway::wire {
namespace {

using Word = std::pair<std::string_view, Ending>;

// OpenAI, Anthropic and Gemini by their references; `eos` Together; `model_length` Mistral; `abort` vLLM and SGLang;
// `insufficient_system_resource` DeepSeek; `error` OpenRouter; `sensitive` and `network_error` Zhipu.
constexpr Word ending_words[] = {
    {"", Ending::stop},
    {"stop", Ending::stop},
    {"eos", Ending::stop},
    {"end_turn", Ending::stop},
    {"stop_sequence", Ending::stop},
    {"completed", Ending::stop},
    {"tool_calls", Ending::tool_calls},
    {"tool_use", Ending::tool_calls},
    {"function_call", Ending::tool_calls},
    {"length", Ending::length},
    {"max_tokens", Ending::length},
    {"model_length", Ending::length},
    {"max_output_tokens", Ending::length},
    {"model_context_window_exceeded", Ending::length},
    {"incomplete", Ending::length},
    {"content_filter", Ending::filtered},
    {"safety", Ending::filtered},
    {"recitation", Ending::filtered},
    {"prohibited_content", Ending::filtered},
    {"blocklist", Ending::filtered},
    {"spii", Ending::filtered},
    {"sensitive", Ending::filtered},
    {"refusal", Ending::refused},
    {"error", Ending::failed},
    {"failed", Ending::failed},
    {"abort", Ending::failed},
    {"network_error", Ending::failed},
    {"insufficient_system_resource", Ending::failed},
};

}  // namespace

Ending ending_of(std::string_view word) noexcept {
  const auto known = std::ranges::find_if(ending_words, [word](const Word& entry) {
    return entry.first.size() == word.size() && starts_with_word(word, entry.first);
  });
  return known == std::end(ending_words) ? Ending::unknown : known->second;
}

}  // namespace headway::wire
