#include <headway/batch_error.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace headway {
namespace {

ErrorInfo summary(const std::vector<Outcome<Response>>& outcomes) {
  const auto failed = std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; });
  const auto first = std::ranges::find_if(outcomes, [](const auto& outcome) { return !outcome; });
  ErrorInfo info;
  info.kind = first->error().kind();
  info.message = fmt::format("{} of {} calls failed; the first, number {}: {}", failed, outcomes.size(),
                             first - outcomes.begin() + 1, first->error().what());
  return info;
}

}  // namespace

BatchError::BatchError(std::vector<Outcome<Response>> outcomes)
    : Error(summary(outcomes)),
      outcomes_(std::make_shared<const std::vector<Outcome<Response>>>(std::move(outcomes))) {}

}  // namespace headway
