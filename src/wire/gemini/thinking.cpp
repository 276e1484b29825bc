#include "wire/gemini/thinking.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "wire/gemini/parts.hpp"

namespace headway::wire::gemini {

bool is_of_three_or_newer(std::string_view model) {
  constexpr std::string_view family = "gemini-";
  model = model.substr(model.rfind('/') + 1);
  if (!model.starts_with(family)) return false;
  model.remove_prefix(family.size());
  return !model.starts_with('1') && !model.starts_with('2');
}

// The budgets are those of Google's OpenAI-compatible servers.
std::string thinking_of(std::string_view effort, std::string_view model) {
  constexpr std::pair<std::string_view, int> budgets[] = {
      {"none", 0}, {"minimal", 1024}, {"low", 1024}, {"medium", 8192}, {"high", 24576}};
  constexpr std::pair<std::string_view, std::string_view> levels[] = {
      {"minimal", "MINIMAL"}, {"low", "LOW"}, {"medium", "MEDIUM"}, {"high", "HIGH"}, {"xhigh", "XHIGH"}};
  const auto is_it = [effort](const auto& each) { return each.first == effort; };
  if (is_of_three_or_newer(model)) {
    const auto level = std::ranges::find_if(levels, is_it);
    if (level != std::end(levels))
      return fmt::format(R"({{"includeThoughts":true,"thinkingLevel":"{}"}})", level->second);
  } else if (const auto budget = std::ranges::find_if(budgets, is_it); budget != std::end(budgets)) {
    return fmt::format(R"({{"includeThoughts":{},"thinkingBudget":{}}})", budget->second > 0, budget->second);
  }
  cannot_say(fmt::format("a 'reasoning_effort' of '{}' of this model", effort));
}

}  // namespace headway::wire::gemini
