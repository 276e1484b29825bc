#pragma once

#include <exception>
#include <future>
#include <memory>
#include <utility>

#include <headway/outcome.hpp>

namespace headway::call {

/// Completes a future. Destroyed uncalled, as when its loop is destroyed, it completes it with `cancelled`.
template <class T>
class FutureHandler {
 public:
  FutureHandler() : promise_(std::make_unique<std::promise<T>>()) {}
  FutureHandler(FutureHandler&&) noexcept = default;
  ~FutureHandler() {
    if (promise_) (*this)(Error(ErrorKind::cancelled, "the loop was destroyed before the call was done"));
  }

  std::future<T> future() { return promise_->get_future(); }

  void operator()(Outcome<T> outcome) {
    const auto promise = std::move(promise_);
    if (!outcome) return promise->set_exception(std::make_exception_ptr(outcome.error()));
    promise->set_value(*std::move(outcome));
  }

 private:
  std::unique_ptr<std::promise<T>> promise_;
};

}  // namespace headway::call
