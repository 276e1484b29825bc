#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <headway/awaitable.hpp>
#include <headway/detail/source.hpp>
#include <headway/detail/stored.hpp>
#include <headway/error.hpp>
#include <headway/outcome.hpp>

namespace headway::detail {

/// The children of one parent: starts the awaitables of a source lazily, at most `limit` alive at once (0: no limit),
/// each with a cancellation slot of its own. All of it happens on the executor, which runs one handler at a time.
///
/// The children own the group: a loop that is destroyed with children alive destroys it with them. So a coroutine that
/// waits for the group must not own it, if the group owns that coroutine.
template <class T>
class Group : public std::enable_shared_from_this<Group<T>> {
 public:
  using value_type = stored_t<T>;

  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  virtual ~Group() = default;

  /// Starts no more children and asks those alive to stop; their ends are still told.
  void cancel() {
    stopped_ = true;
    if (emitting_) return;
    const auto self = this->shared_from_this();
    emitting_ = true;
    for (auto& child : children_) {
      if (!child.ended && &child != starting_) child.signal.emit(boost::asio::cancellation_type::terminal);
    }
    end_emitting();
    admit();
  }

 protected:
  Group(std::unique_ptr<Source<T>> source, std::size_t limit)
      : source_(std::move(source)), size_(source_->size()), limit_(limit) {}

  void start(boost::asio::any_io_executor executor) {
    executor_ = std::move(executor);
    admit();
  }

  /// Starts children while there is room for them.
  void admit() {
    if (std::exchange(admitting_, true)) return;
    while (open() && (limit_ == 0 || alive_ + places_held() < limit_)) {
      try {
        admit_one();
      } catch (...) {
        // The range could not make an element: a child that failed, and the last one.
        exhausted_ = true;
        child_done(started_++, Error(std::current_exception()));
      }
    }
    admitting_ = false;
    if (!open() && alive_ == 0 && !std::exchange(ended_, true)) all_done();
  }

  const boost::asio::any_io_executor& executor() const { return executor_; }
  /// Elements of the source, or Source::unknown.
  std::size_t size() const { return size_; }
  /// Whether cancel() was called.
  bool stopped() const { return stopped_; }
  /// Whether every element was started.
  bool exhausted() const { return exhausted_; }
  /// Whether all_done() was told.
  bool ended() const { return ended_; }

 private:
  struct Child {
    explicit Child(std::size_t index_) : index(index_) {}

    boost::asio::cancellation_signal signal;
    std::size_t index;
    bool ended = false;
  };
  using Place = typename std::list<Child>::iterator;

  // co_spawn of Boost 1.81 needs a T for the case that it has none.
  using spawned_t =
      std::conditional_t<std::is_void_v<T> || std::default_initializable<value_type>, T, std::optional<T>>;

  /// What co_spawn calls at a child's end, or destroys uncalled with the loop.
  class ChildHandler {
   public:
    using cancellation_slot_type = boost::asio::cancellation_slot;

    ChildHandler(std::shared_ptr<Group> group, Place place) : group_(std::move(group)), place_(place) {}
    ChildHandler(ChildHandler&&) noexcept = default;
    ~ChildHandler() {
      if (group_) group_->forget(place_);
    }

    cancellation_slot_type get_cancellation_slot() const noexcept { return place_->signal.slot(); }

    template <class... Value>
    void operator()(const std::exception_ptr& error, Value... value) {
      const auto group = std::exchange(group_, nullptr);
      if (error) {
        group->finished(place_, Error(error));
      } else if constexpr (std::is_same_v<T, spawned_t>) {
        group->finished(place_, value_type(std::move(value)...));
      } else {
        group->finished(place_, value_type(*std::move(value)...));
      }
    }

   private:
    std::shared_ptr<Group> group_;
    Place place_;
  };

  /// Told of each child's end, once.
  virtual void child_done(std::size_t index, Outcome<value_type> outcome) = 0;
  /// Told once: no child is alive and none will start.
  virtual void all_done() = 0;
  /// Places of `limit` that are taken by something else than children; admit() must be called when it gets less.
  virtual std::size_t places_held() const { return 0; }

  bool open() const { return !stopped_ && !exhausted_; }

  void admit_one() {
    auto child = source_->next();
    if (stopped_) return;
    if (!child) {
      exhausted_ = true;
    } else if (child->valid()) {
      spawn(std::move(*child));
      exhausted_ = ++started_ == size_;
    } else {
      child_done(started_++, Error(ErrorKind::configuration, "an awaitable can be awaited only once"));
    }
  }

  void spawn(awaitable<T> child) {
    const auto place = children_.emplace(children_.end(), started_);
    ++alive_;
    starting_ = &*place;
    ChildHandler handler(this->shared_from_this(), place);
    if constexpr (std::is_same_v<T, spawned_t>) {
      boost::asio::co_spawn(executor_, std::move(child), std::move(handler));
    } else {
      boost::asio::co_spawn(executor_, boxed(std::move(child)), std::move(handler));
    }
    auto* const alive = std::exchange(starting_, nullptr);
    if (!stopped_ || !alive) return;
    emitting_ = true;
    alive->signal.emit(boost::asio::cancellation_type::terminal);
    end_emitting();
  }

  static awaitable<std::optional<T>> boxed(awaitable<T> child)
    requires(!std::is_void_v<T>)
  {
    std::optional<T> box(co_await std::move(child));
    co_return std::move(box);
  }

  void finished(Place place, Outcome<value_type> outcome) {
    const auto index = place->index;
    forget(place);
    child_done(index, std::move(outcome));
    admit();
  }

  // A child may end while it is told to stop, so its signal is destroyed only now.
  void end_emitting() {
    emitting_ = false;
    children_.remove_if([](const Child& child) { return child.ended; });
  }

  void forget(Place place) {
    --alive_;
    if (starting_ == &*place) starting_ = nullptr;
    if (emitting_) {
      place->ended = true;
    } else {
      children_.erase(place);
    }
  }

  boost::asio::any_io_executor executor_;
  std::unique_ptr<Source<T>> source_;  // outlives the children: they may be coroutines of a lambda in it, with captures
  std::list<Child> children_;
  std::size_t size_;
  std::size_t limit_;
  std::size_t started_ = 0;
  std::size_t alive_ = 0;
  Child* starting_ = nullptr;  // runs up to its first wait; told to stop before that, Boost 1.81 throws out of the loop
  bool stopped_ = false;
  bool exhausted_ = false;
  bool admitting_ = false;
  bool emitting_ = false;
  bool ended_ = false;
};

}  // namespace headway::detail
