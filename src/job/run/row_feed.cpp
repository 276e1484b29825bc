#include "job/run/row_feed.hpp"

#include <algorithm>

namespace headway::job {
namespace {

std::uint64_t number_of(const Entry& entry) {
  return std::visit([](const auto& row) { return row.number; }, entry);
}

std::uint64_t content_hash_of(const Entry& entry) {
  return std::visit([](const auto& row) { return row.content_hash; }, entry);
}

}  // namespace

std::vector<SentRow> RowFeed::announce(std::size_t size) {
  std::vector<SentRow> group;
  while (group.size() < size && !read_all_) {
    auto treatment = Treatment::skip;
    auto entry = reader_.next([&](std::uint64_t number) { return (treatment = treat_(number)) != Treatment::skip; });
    if (!entry) {
      read_all_ = true;
      break;
    }
    group.push_back({number_of(*entry), content_hash_of(*entry)});
    items_.emplace_back(std::move(*entry), treatment);
  }
  return group;
}

std::optional<RowFeed::Item> RowFeed::take() {
  if (items_.empty() || !allowed_ || number_of(items_.front().entry) > *allowed_) return std::nullopt;
  auto item = std::move(items_.front());
  items_.pop_front();
  return item;
}

}  // namespace headway::job
