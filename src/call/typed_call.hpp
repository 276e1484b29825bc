#pragma once

#include <memory>
#include <tuple>
#include <typeinfo>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/post.hpp>

#include <headway/outcome.hpp>

#include "call/answer_call.hpp"
#include "call/completion.hpp"
#include "call/flight.hpp"

namespace headway::call {

/// A call whose answer is handed to one handler.
template <class T, class... Arguments>
class TypedCall final : public AnswerCall<T>, private Passenger<T> {
 public:
  using Make = typename AnswerCall<T>::Make;
  /// Makes what the handler wants out of how the call ended.
  using Convert = std::tuple<Arguments...> (*)(Outcome<T>);

  TypedCall(std::shared_ptr<Core> core, CallRequest request, Make make, Convert convert,
            Completion<Arguments...> completion)
      : AnswerCall<T>(std::move(core), std::move(request), make),
        convert_(convert),
        completion_(std::move(completion)) {}

  void attach() { completion_.attach(this->shared_core(), this->self()); }
  void deliver() override {
    std::apply([this](auto&&... arguments) { completion_.complete(std::move(arguments)...); },
               convert_(std::move(this->outcome())));
  }
  void forsake() override {
    AnswerCall<T>::forsake();
    flight_ = nullptr;
  }

 private:
  void depart() override {
    if (!this->call_request().single_flight) return AnswerCall<T>::depart();
    auto key = typeid(T).name() + Flights::key(this->call_request());
    auto& flights = this->core().flights();
    flight_ = std::static_pointer_cast<Flight<T>>(flights.find(key));
    const bool first = flight_ == nullptr;
    if (first) flight_ = std::make_shared<Flight<T>>(this->shared_core(), of_all(), key, this->maker());
    flight_->board({this->self(), this});
    if (!first) return;
    flights.insert(key, flight_);
    this->core().start(flight_);
  }
  /// The request that is every passenger's: each has a deadline of its own.
  CallRequest of_all() const {
    auto request = this->call_request();
    request.deadline.reset();
    request.single_flight = false;
    return request;
  }
  void land(const Outcome<T>& outcome) override {
    flight_ = nullptr;
    if (this->over()) return;
    this->keep(outcome);
    this->finish();
  }
  void reject(Error error) override {
    AnswerCall<T>::reject(std::move(error));
    if (const auto flight = std::exchange(flight_, nullptr)) flight->leave(*this);
  }

  Convert convert_;
  Completion<Arguments...> completion_;
  std::shared_ptr<Flight<T>> flight_;  // null: it is sent itself, or over
};

/// Starts the call that `make_request` describes, or completes with the Error that it throws. `make` sees only
/// answers that are of use.
template <class T, class MakeRequest, class... Arguments>
void start_call(const std::shared_ptr<Core>& core, MakeRequest make_request, T (*make)(net::Reply, wire::Answer),
                std::tuple<Arguments...> (*convert)(Outcome<T>),
                boost::asio::any_completion_handler<void(Arguments...)> handler) {
  Completion<Arguments...> completion(std::move(handler), core->executor());
  try {
    auto call =
        std::make_shared<TypedCall<T, Arguments...>>(core, make_request(), make, convert, std::move(completion));
    call->attach();
    core->start(std::move(call));
  } catch (const Error& error) {
    boost::asio::post(core->executor(), [completion = std::move(completion), values = convert(error)]() mutable {
      std::apply([&](auto&&... arguments) { completion.complete(std::move(arguments)...); }, std::move(values));
    });
  }
}

}  // namespace headway::call
