#pragma once

#include <cstddef>
#include <exception>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <headway/awaitable.hpp>

namespace headway::detail {

template <class A>
struct awaited;
template <class T>
struct awaited<awaitable<T>> {
  using type = T;
};

/// What an awaitable of the range gives.
template <class Range>
using awaited_t = typename awaited<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>::type;

template <class Range>
concept awaitable_range = std::ranges::input_range<Range> && requires { typename awaited_t<Range>; };

/// What is kept of a child that gives a T.
template <class T>
using stored_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Children of one parent: starts the awaitables of a range lazily, at most `limit` alive at once, each with a
/// cancellation slot of its own. Everything happens on the executor, which runs one handler at a time.
///
/// `Owner` is told: `child_done(index, exception, optional<stored_t<T>>)`, and `all_done()` once when nothing is alive
/// and nothing more will start. It may call cancel() or grant() from inside child_done.
template <class Range, class Owner>
class Group : public std::enable_shared_from_this<Group<Range, Owner>> {
 public:
  using value_type = awaited_t<Range>;

  Group(boost::asio::any_io_executor executor, Range range, std::size_t limit, Owner& owner)
      : executor_(std::move(executor)), range_(std::move(range)), limit_(limit), owner_(&owner) {}

  void start() {
    next_.emplace(std::ranges::begin(range_));
    admit();
  }

  /// Starts no more children and asks those alive to stop.
  void cancel() {
    stopped_ = true;
    const std::vector<Signal> alive(signals_.begin(), signals_.end());  // a child may end while it is being told
    for (const auto& signal : alive) signal->emit(boost::asio::cancellation_type::terminal);
  }

  /// The owner is going away; the children that are left end unheard.
  void forget_owner() { owner_ = nullptr; }

  /// A child's place is free again only when its result has been taken: holds back admission by `held` places.
  void hold(std::size_t held) {
    held_ = held;
    admit();
  }

 private:
  using Signal = std::shared_ptr<boost::asio::cancellation_signal>;

  void admit() {
    if (admitting_) return;
    admitting_ = true;
    while (!stopped_ && (limit_ == 0 || signals_.size() + held_ < limit_)) {
      if (!admit_one()) break;
    }
    admitting_ = false;
    if (signals_.empty() && (stopped_ || exhausted_) && owner_ && !std::exchange(ended_, true)) owner_->all_done();
  }

  bool admit_one() {
    try {
      if (*next_ == std::ranges::end(range_)) {
        exhausted_ = true;
        return false;
      }
      auto child = take(*next_);
      ++*next_;
      spawn(std::move(child));
      return true;
    } catch (...) {
      // The range itself threw: an element that could not be made is a child that failed, and the last one.
      exhausted_ = true;
      owner_->child_done(started_++, std::current_exception(), std::nullopt);
      return false;
    }
  }

  static awaitable<value_type> take(std::ranges::iterator_t<Range>& it) {
    if constexpr (std::is_reference_v<std::ranges::range_reference_t<Range>>) {
      return std::move(*it);
    } else {
      return *it;
    }
  }

  void spawn(awaitable<value_type> child) {
    const auto place = signals_.insert(signals_.end(), std::make_shared<boost::asio::cancellation_signal>());
    const auto slot = (*place)->slot();
    const auto index = started_++;
    auto self = this->shared_from_this();
    if constexpr (std::is_void_v<value_type>) {
      auto done = [self = std::move(self), place, index](std::exception_ptr error) {
        self->finished(place, index, error, error ? std::nullopt : std::optional<std::monostate>(std::in_place));
      };
      boost::asio::co_spawn(executor_, std::move(child), boost::asio::bind_cancellation_slot(slot, std::move(done)));
    } else {
      auto done = [self = std::move(self), place, index](std::exception_ptr error, value_type value) {
        std::optional<value_type> result;
        if (!error) result.emplace(std::move(value));
        self->finished(place, index, error, std::move(result));
      };
      boost::asio::co_spawn(executor_, std::move(child), boost::asio::bind_cancellation_slot(slot, std::move(done)));
    }
  }

  void finished(typename std::list<Signal>::iterator place, std::size_t index, std::exception_ptr error,
                std::optional<stored_t<value_type>> value) {
    const Signal alive_until_return = std::move(*place);
    signals_.erase(place);
    if (owner_) owner_->child_done(index, error, std::move(value));
    if (owner_) admit();
  }

  boost::asio::any_io_executor executor_;
  Range range_;
  std::optional<std::ranges::iterator_t<Range>> next_;
  std::size_t limit_;
  std::size_t held_ = 0;
  std::size_t started_ = 0;
  std::list<Signal> signals_;  // one for each child alive
  Owner* owner_;
  bool stopped_ = false;
  bool exhausted_ = false;
  bool admitting_ = false;
  bool ended_ = false;
};

}  // namespace headway::detail
