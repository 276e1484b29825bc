#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/awaitable.hpp>
#include <headway/detail/group.hpp>
#include <headway/outcome.hpp>

namespace headway::detail {

/// What as_completed is made of: children's ends queue up here until they are taken.
template <class Range>
class CompletionQueue {
 public:
  using value_type = stored_t<awaited_t<Range>>;
  using Item = std::pair<std::size_t, Outcome<value_type>>;

  CompletionQueue(Range range, std::size_t limit) : range_(std::move(range)), limit_(limit) {}
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;
  ~CompletionQueue() {
    if (!group_) return;
    group_->forget_owner();
    group_->cancel();
  }

  awaitable<std::optional<Item>> next() {
    if (!group_) co_await start();
    while (done_.empty() && !ended_) {
      boost::system::error_code woken;
      co_await wake_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    if (done_.empty()) co_return std::nullopt;
    std::optional<Item> item(std::move(done_.front()));
    done_.pop_front();
    group_->hold(done_.size());
    co_return item;
  }

  void child_done(std::size_t index, std::exception_ptr error, std::optional<value_type> value) {
    if (error) {
      done_.emplace_back(index, Outcome<value_type>(Error(error)));
    } else {
      done_.emplace_back(index, Outcome<value_type>(std::move(*value)));
    }
    group_->hold(done_.size());
    wake_->cancel();
  }

  void all_done() {
    ended_ = true;
    wake_->cancel();
  }

 private:
  awaitable<void> start() {
    auto executor = co_await boost::asio::this_coro::executor;
    wake_.emplace(executor, boost::asio::steady_timer::time_point::max());
    group_ = std::make_shared<Group<Range, CompletionQueue>>(executor, std::move(range_), limit_, *this);
    group_->start();
  }

  Range range_;
  std::size_t limit_;
  std::shared_ptr<Group<Range, CompletionQueue>> group_;
  std::optional<boost::asio::steady_timer> wake_;  // never expires: cancelled to wake the reader
  std::deque<Item> done_;
  bool ended_ = false;
};

}  // namespace headway::detail
