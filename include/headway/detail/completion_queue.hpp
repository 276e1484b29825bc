#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/awaitable.hpp>
#include <headway/completed.hpp>
#include <headway/detail/group.hpp>
#include <headway/outcome.hpp>

namespace headway::detail {

/// What as_completed is made of: the ends of children queue up here until the reader takes them. The reader owns the
/// queue; it waits by a timer, which the loop owns, so the two do not keep each other alive.
template <class T>
class CompletionQueue final : public Group<T> {
 public:
  using value_type = stored_t<T>;
  using Item = Completed<value_type>;

  CompletionQueue(std::unique_ptr<Source<T>> source, std::size_t limit) : Group<T>(std::move(source), limit) {}

  awaitable<std::optional<Item>> next() {
    if (!wake_) open(co_await boost::asio::this_coro::executor);
    while (done_.empty() && !this->ended()) {
      boost::system::error_code woken;
      co_await wake_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    if (done_.empty()) co_return std::nullopt;
    std::optional<Item> item(std::move(done_.front()));
    done_.pop_front();
    this->admit();
    co_return std::move(item);
  }

  /// The reader goes away: cancels the children that are left, which end unheard.
  void leave() {
    left_ = true;
    done_.clear();
    this->cancel();
  }

 private:
  void open(boost::asio::any_io_executor executor) {
    wake_.emplace(executor, boost::asio::steady_timer::time_point::max());  // never expires
    this->start(std::move(executor));
  }

  void child_done(std::size_t index, Outcome<value_type> outcome) override {
    if (left_) return;
    done_.emplace_back(index, std::move(outcome));
    wake_->cancel();
  }

  void all_done() override {
    if (wake_) wake_->cancel();
  }

  std::size_t places_held() const override { return done_.size(); }

  std::optional<boost::asio::steady_timer> wake_;
  std::deque<Item> done_;
  bool left_ = false;
};

}  // namespace headway::detail
