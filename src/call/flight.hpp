#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "call/answer_call.hpp"

namespace headway::call {

/// One that waits for the answer of a Flight.
template <class T>
class Passenger {
 public:
  virtual void land(const Outcome<T>& outcome) = 0;

 protected:
  ~Passenger() = default;
};

/// One request that answers several identical calls (singleflight, as in Go). It has no caller of its own: when the last
/// of them has left, it is cancelled. Lives on the loop.
template <class T>
class Flight final : public AnswerCall<T> {
 public:
  using Make = typename AnswerCall<T>::Make;

  Flight(std::shared_ptr<Core> core, CallRequest request, std::string key, Make make)
      : AnswerCall<T>(std::move(core), std::move(request), make), key_(std::move(key)) {}

  void board(std::shared_ptr<Passenger<T>> passenger) { passengers_.push_back(std::move(passenger)); }
  void leave(const Passenger<T>& passenger) {
    std::erase_if(passengers_, [&](const auto& aboard) { return aboard.get() == &passenger; });
    if (!passengers_.empty()) return;
    this->core().flights().erase(key_, *this);
    this->cancel();
  }

  /// The first pays.
  void deliver() override {
    const auto alive = this->self();
    this->core().flights().erase(key_, *this);
    for (const auto& passenger : std::exchange(passengers_, {})) {
      passenger->land(this->outcome());
      if (auto& outcome = this->outcome(); outcome && outcome->cost) outcome->cost = 0;
    }
  }
  void forsake() override {
    AnswerCall<T>::forsake();
    passengers_.clear();
  }

 private:
  std::string key_;
  std::vector<std::shared_ptr<Passenger<T>>> passengers_;
};

}  // namespace headway::call
