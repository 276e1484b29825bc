#include "job/store/in_order.hpp"

namespace headway::job {

void InOrder::announce(std::uint64_t number) {
  if (number < announced_) return;  // a row of an earlier group, told again
  announced_ = number + 1;
  if (!due_.empty() && due_.back().last + 1 == number) {
    due_.back().last = number;
  } else {
    due_.push_back({number, number});
  }
}

std::optional<std::uint64_t> InOrder::due() const {
  if (due_.empty()) return {};
  return due_.front().first;
}

void InOrder::left() {
  auto& front = due_.front();
  if (front.first++ == front.last) due_.pop_front();
}

bool InOrder::may_leave(std::int64_t number) const {
  if (number < 0) return true;
  const auto n = static_cast<std::uint64_t>(number);
  if (!due_.empty() && due_.front().first < n) return false;
  return all_ || n < announced_;
}

}  // namespace headway::job
