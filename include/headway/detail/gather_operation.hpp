#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/detail/group.hpp>
#include <headway/outcome.hpp>

namespace headway::detail {

/// Waits for all children of a range and keeps how each ended. With `fail_fast`, the first failure cancels the rest;
/// they are awaited all the same.
template <class Range>
class GatherOperation {
 public:
  using value_type = stored_t<awaited_t<Range>>;
  using Handler = boost::asio::any_completion_handler<void()>;

  GatherOperation(boost::asio::any_io_executor executor, Range range, std::size_t limit, bool fail_fast)
      : executor_(executor),
        group_(std::make_shared<Group<Range, GatherOperation>>(std::move(executor), std::move(range), limit, *this)),
        fail_fast_(fail_fast) {}
  GatherOperation(const GatherOperation&) = delete;
  GatherOperation& operator=(const GatherOperation&) = delete;
  ~GatherOperation() { group_->forget_owner(); }

  template <class CompletionToken>
  auto async_run(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void()>(
        [this](auto handler) {
          auto slot = boost::asio::get_associated_cancellation_slot(handler);
          if (slot.is_connected()) slot.assign([this](auto) { group_->cancel(); });
          handler_ = Handler(std::move(handler));
          group_->start();
        },
        token);
  }

  void child_done(std::size_t index, std::exception_ptr error, std::optional<value_type> value) {
    if (outcomes_.size() <= index) outcomes_.resize(index + 1);
    if (!error) {
      outcomes_[index] = Outcome<value_type>(std::move(*value));
      return;
    }
    outcomes_[index] = Outcome<value_type>(Error(error));
    if (fail_fast_ && !first_failure_) {
      first_failure_ = error;
      group_->cancel();
    }
  }

  void all_done() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    boost::asio::post(executor_, std::move(handler_));
  }

  std::vector<Outcome<value_type>> take_outcomes() {
    if (first_failure_) std::rethrow_exception(first_failure_);
    return std::move(outcomes_);
  }

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Group<Range, GatherOperation>> group_;
  std::vector<Outcome<value_type>> outcomes_;
  std::exception_ptr first_failure_;
  Handler handler_;
  bool fail_fast_;
};

template <class Range>
awaitable<std::vector<Outcome<stored_t<awaited_t<Range>>>>> gather_range(Range range, std::size_t limit,
                                                                         bool fail_fast) {
  auto executor = co_await boost::asio::this_coro::executor;
  GatherOperation<Range> operation(std::move(executor), std::move(range), limit, fail_fast);
  co_await operation.async_run(boost::asio::use_awaitable);
  co_return operation.take_outcomes();
}

template <class T>
awaitable<std::vector<T>> values_of(awaitable<std::vector<Outcome<T>>> gathered) {
  auto outcomes = co_await std::move(gathered);
  std::vector<T> values;
  values.reserve(outcomes.size());
  for (auto& outcome : outcomes) values.push_back(std::move(outcome).value());
  co_return values;
}

inline awaitable<void> nothing_of(awaitable<std::vector<Outcome<std::monostate>>> gathered) {
  co_await std::move(gathered);
}

template <class T>
awaitable<void> keep(awaitable<T> child, std::optional<stored_t<T>>* result) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(child);
    result->emplace();
  } else {
    result->emplace(co_await std::move(child));
  }
}

}  // namespace headway::detail
