#include "pacing/strategy.hpp"

namespace headway::pacing {

const std::vector<StrategyKind>& all_strategies() {
  static const std::vector<StrategyKind> strategies{
      {"headway", "told nothing: it learns from headers and refusals", headway_unaware},
      {"headway, told", "the limits are set by the user as well", headway_told},
      {"2 retries", "OpenAI's SDK, LangChain: a fixed number in flight, exponential backoff, 2 retries", fixed_retry_2},
      {"10 retries", "the same with 10", fixed_retry_10},
      {"cookbook", "OpenAI cookbook's parallel script, told the limits", cookbook},
      {"AIMD", "additive increase, multiplicative decrease of the number in flight", plain_aimd},
      {"even, 99 %", "told the limits and every call's tokens; perfect spacing", even_spacing},
      {"oracle", "knows everything but the delay of the next packet", oracle},
  };
  return strategies;
}

}  // namespace headway::pacing
