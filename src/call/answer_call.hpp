#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <headway/outcome.hpp>

#include "call/call.hpp"
#include "wire/answer.hpp"
#include "wire/request_id.hpp"

namespace headway::call {

/// A call whose good answers become a `T`.
template <class T>
class AnswerCall : public Call {
 public:
  /// Of an answer that is of use.
  using Make = T (*)(net::Reply, wire::Answer);

  AnswerCall(std::shared_ptr<Core> core, CallRequest request, Make make)
      : Call(std::move(core), std::move(request)), make_(make) {}

 protected:
  void reject(Error error) override { keep(std::move(error)); }

  Make maker() const { return make_; }
  /// How the call ended; only after its end.
  Outcome<T>& outcome() { return *outcome_; }
  void keep(Outcome<T> outcome) { outcome_ = std::make_unique<Outcome<T>>(std::move(outcome)); }

 private:
  std::optional<Error> accept(net::Reply& reply, Bill& bill) final {
    wire::Answer read;
    auto fault = read_answer(reply, read);
    bill = bill_of(read, read.service_tier);
    if (fault) return fault;
    auto request_id = std::string(wire::request_id(reply.headers));
    auto answer = make_(std::move(reply), std::move(read));
    answer.request_id = std::move(request_id);
    answer.attempts = attempts();
    answer.times = times();
    keep(std::move(answer));
    return std::nullopt;
  }
  void priced(Money cost) final { (*outcome_)->cost = cost.dollars(); }

  Make make_;
  std::unique_ptr<Outcome<T>> outcome_;  // null while the call is in flight: it is a fifth of its size
};

}  // namespace headway::call
