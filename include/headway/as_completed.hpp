#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <headway/awaitable.hpp>
#include <headway/completed.hpp>
#include <headway/detail/completion_queue.hpp>
#include <headway/options.hpp>

namespace headway {

/// Gives awaitables of T as they end, the quickest first; for `awaitable<void>`, T is std::monostate.
///
///     auto answers = headway::as_completed(std::move(tasks));
///     while (auto answer = co_await answers.next()) std::puts(answer->outcome.value().c_str());
///
/// Starts with the first next(), on whose executor everything runs. A result that was not taken yet counts as alive
/// for GatherOptions::limit, so a slow reader holds back what starts. A failure is a value and cancels nothing.
///
/// Leaving early, by destroying it, cancels what is in flight but cannot wait for it: what these awaitables refer to
/// must live until the loop has run them to their end. cancel(), then next() until it gives nothing, waits for that.
///
/// The rules of gather hold. It must not outlive its loop. Use it on its executor only, as any object of Asio.
template <class T>
class AsCompleted {
 public:
  using value_type = detail::stored_t<T>;

  explicit AsCompleted(std::shared_ptr<detail::CompletionQueue<T>> queue) : queue_(std::move(queue)) {}
  AsCompleted(AsCompleted&&) noexcept = default;
  ~AsCompleted() {
    if (queue_) queue_->leave();
  }

  /// The next that ends, or nothing when all have been given. A next() that is cancelled throws as Asio does and loses
  /// nothing. One at a time; do not destroy this while it waits.
  awaitable<std::optional<Completed<value_type>>> next() { return queue_->next(); }

  /// Starts no more and cancels what is in flight; next() still gives how it ended. The rest of the range is left out.
  void cancel() { queue_->cancel(); }

 private:
  std::shared_ptr<detail::CompletionQueue<T>> queue_;
};

/// See AsCompleted, which is what it returns. Over a range that makes its awaitables lazily, at most `limit` are alive.
template <class Awaitables>
  requires detail::awaitable_range<Awaitables>
auto as_completed(Awaitables&& awaitables, GatherOptions options = {}) {
  using T = detail::awaited_t<Awaitables>;
  auto source = detail::make_source(std::forward<Awaitables>(awaitables));
  return AsCompleted<T>(std::make_shared<detail::CompletionQueue<T>>(std::move(source), options.limit));
}

}  // namespace headway
