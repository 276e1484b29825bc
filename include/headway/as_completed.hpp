#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/detail/completion_queue.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>

namespace headway {

/// One awaitable that ended: its place in the input, and how.
template <class T>
struct Completed {
  Completed(std::size_t index_, Outcome<T> outcome_) : index(index_), outcome(std::move(outcome_)) {}

  std::size_t index;
  Outcome<T> outcome;
};

/// Gives the awaitables of a range as they end, the quickest first:
///
///     auto answers = headway::as_completed(tasks);
///     while (auto answer = co_await answers.next()) std::puts(answer->outcome.value().c_str());
///
/// Starts with the first next(). A result that was not taken yet counts as alive for GatherOptions::limit, so a slow
/// reader holds back what starts. Leaving early, by destroying it, cancels what is in flight. One reader at a time, on
/// the executor of the first next(); the rules of gather hold.
template <class Range>
class AsCompleted {
 public:
  using value_type = detail::stored_t<detail::awaited_t<Range>>;

  AsCompleted(Range range, GatherOptions options)
      : queue_(std::make_unique<detail::CompletionQueue<Range>>(std::move(range), options.limit)) {}

  /// The next that ends, or nothing when all have been given.
  awaitable<std::optional<Completed<value_type>>> next() {
    auto item = co_await queue_->next();
    if (!item) co_return std::nullopt;
    co_return Completed<value_type>(item->first, std::move(item->second));
  }

 private:
  std::unique_ptr<detail::CompletionQueue<Range>> queue_;
};

/// See AsCompleted.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
auto as_completed(Awaitables&& awaitables, GatherOptions options = {}) {
  auto range = std::views::all(std::forward<Awaitables>(awaitables));
  return AsCompleted<decltype(range)>(std::move(range), options);
}

}  // namespace headway
