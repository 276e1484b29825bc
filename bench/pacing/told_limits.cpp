#include "pacing/told_limits.hpp"

namespace headway::pacing {
namespace {

void tell(pace::PaceOptions& options, const LimitPlan& limit) {
  const double per_minute = limit.limit * 60 / limit.window;
  const bool daily = limit.window > 3600;
  switch (limit.counts) {
    case Counts::requests:
      (daily ? options.requests_per_day : options.requests_per_minute) = daily ? limit.limit : per_minute;
      break;
    case Counts::tokens:
      (daily ? options.tokens_per_day : options.tokens_per_minute) = daily ? limit.limit : per_minute;
      break;
    case Counts::input_tokens:
      options.input_tokens_per_minute = per_minute;
      break;
    case Counts::output_tokens:
      options.output_tokens_per_minute = per_minute;
      break;
  }
}

}  // namespace

pace::PaceOptions told_limits(const Case& plan) {
  pace::PaceOptions options;
  for (const auto& limit : plan.limits) tell(options, limit);
  return options;
}

}  // namespace headway::pacing
