#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <headway/awaitable.hpp>
#include <headway/detail/group.hpp>
#include <headway/outcome.hpp>

namespace headway::detail {

template <class T>
using outcomes_t = std::vector<Outcome<stored_t<T>>>;

/// Waits for all children and keeps how each ended. With `fail_fast`, the first failure cancels the rest, which are
/// awaited all the same, and takes the place of the outcomes.
template <class T, class Handler>
class GatherOperation final : public Group<T> {
 public:
  GatherOperation(Handler handler, std::unique_ptr<Source<T>> source, std::size_t limit, bool fail_fast)
      : Group<T>(std::move(source), limit), handler_(std::move(handler)), fail_fast_(fail_fast) {}

  void run(boost::asio::any_io_executor executor) {
    using boost::asio::cancellation_type;
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) {
      slot.assign([weak = this->weak_from_this()](cancellation_type type) {
        const auto self = weak.lock();
        if (self && (type & cancellation_type::terminal) != cancellation_type::none) self->cancel();
      });
    }
    this->start(std::move(executor));
  }

 private:
  void child_done(std::size_t index, Outcome<stored_t<T>> outcome) override {
    const bool first_failure = fail_fast_ && !outcome && !failure_;
    if (first_failure) failure_ = outcome.error();
    if (outcomes_.size() <= index) outcomes_.resize(index + 1);
    outcomes_[index] = std::move(outcome);
    if (first_failure && !this->stopped()) this->cancel();
  }

  void all_done() override {
    boost::asio::post(this->executor(), [handler = std::move(handler_), result = result()]() mutable {
      std::move(handler)(std::move(result));
    });
  }

  Outcome<outcomes_t<T>> result() {
    if (failure_) return *failure_;
    if (fail_fast_ && !this->exhausted()) return Error(ErrorKind::cancelled, "cancelled before all had started");
    if (this->size() != Source<T>::unknown && outcomes_.size() < this->size()) outcomes_.resize(this->size());
    return std::move(outcomes_);
  }

  Handler handler_;
  outcomes_t<T> outcomes_;
  std::optional<Error> failure_;
  bool fail_fast_;
};

/// Makes the operation, which only its children own from then on.
template <class T>
struct StartGather {
  template <class Handler>
  void operator()(Handler handler, boost::asio::any_io_executor executor, std::unique_ptr<Source<T>> source,
                  std::size_t limit, bool fail_fast) const {
    using Operation = GatherOperation<T, Handler>;
    std::make_shared<Operation>(std::move(handler), std::move(source), limit, fail_fast)->run(std::move(executor));
  }
};

template <class T>
awaitable<outcomes_t<T>> gather_source(std::unique_ptr<Source<T>> source, std::size_t limit, bool fail_fast) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto ended = boost::asio::async_initiate<const boost::asio::deferred_t, void(Outcome<outcomes_t<T>>)>(
      StartGather<T>(), boost::asio::deferred, std::move(executor), std::move(source), limit, fail_fast);
  auto outcomes = co_await std::move(ended);
  co_return std::move(outcomes).value();
}

template <class T>
awaitable<std::vector<T>> values_of(awaitable<std::vector<Outcome<T>>> gathered) {
  auto outcomes = co_await std::move(gathered);
  std::vector<T> values;
  values.reserve(outcomes.size());
  for (auto& outcome : outcomes) values.push_back(*std::move(outcome));
  co_return std::move(values);
}

inline awaitable<void> nothing_of(awaitable<std::vector<Outcome<std::monostate>>> gathered) {
  co_await std::move(gathered);
}

template <class... T>
using results_t = std::tuple<std::optional<stored_t<T>>...>;

template <class... T>
awaitable<std::tuple<stored_t<T>...>> tuple_of(awaitable<void> gathered, std::unique_ptr<results_t<T...>> results) {
  co_await std::move(gathered);
  auto unwrap = [](auto&... result) { return std::tuple<stored_t<T>...>(*std::move(result)...); };
  co_return std::apply(unwrap, *results);
}

}  // namespace headway::detail
