#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <headway/outcome.hpp>

#include "call/call.hpp"

namespace headway::call {

/// A call whose good answers are decoded to a `T`.
template <class T>
class AnswerCall : public Call {
 public:
  /// Sees only answers with a status of 200 to 299.
  using Decode = Outcome<T> (*)(net::Reply);

  AnswerCall(std::shared_ptr<Core> core, CallRequest request, Decode decode)
      : Call(std::move(core), std::move(request)), decode_(decode) {}

 protected:
  void reject(Error error) override { keep(std::move(error)); }

  Decode decoder() const { return decode_; }
  /// How the call ended; only after its end.
  Outcome<T>& outcome() { return *outcome_; }
  void keep(Outcome<T> outcome) { outcome_ = std::make_unique<Outcome<T>>(std::move(outcome)); }

 private:
  std::optional<Error> accept(net::Reply reply, Bill& bill) final {
    auto request_id = std::string(reply.headers.value("x-request-id"));
    auto answer = decode_(std::move(reply));
    if (!answer) return answer.error();
    if constexpr (requires { answer->usage; }) {
      if (answer->usage.prompt_tokens > 0) bill.kind = Bill::Kind::told;
      bill.usage = answer->usage;
      bill.service_tier = answer->service_tier;
    }
    answer->request_id = std::move(request_id);
    answer->attempts = attempts();
    answer->times = times();
    keep(std::move(answer));
    return std::nullopt;
  }
  void priced(Money cost) final {
    if constexpr (requires(T& answer) { answer.cost; }) (*outcome_)->cost = cost.dollars();
  }

  Decode decode_;
  std::unique_ptr<Outcome<T>> outcome_;  // null while the call is in flight: it is a fifth of its size
};

}  // namespace headway::call
