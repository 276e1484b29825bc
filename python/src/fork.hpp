#pragma once

#include <memory>
#include <utility>

namespace headway::python {

/// How many forks lie between the program's start and this process.
unsigned forks() noexcept;

/// Something that has a thread behind it. A fork leaves it without: in the child it is let go of untouched, since to end
/// it would wait for that thread, and say goodbye on connections that are the parent's.
template <class T>
class OfThisProcess {
 public:
  OfThisProcess() = default;
  OfThisProcess(OfThisProcess&&) = delete;
  ~OfThisProcess() { forget_parents(); }

  /// Null if there is none in this process.
  T* get() {
    forget_parents();
    return value_.get();
  }
  T& set(std::unique_ptr<T> value) {
    forget_parents();
    value_ = std::move(value);
    made_after_ = forks();
    return *value_;
  }
  std::unique_ptr<T> take() {
    forget_parents();
    return std::move(value_);
  }

 private:
  void forget_parents() {
    if (made_after_ != forks()) static_cast<void>(value_.release());
  }

  std::unique_ptr<T> value_;
  unsigned made_after_ = 0;
};

}  // namespace headway::python
