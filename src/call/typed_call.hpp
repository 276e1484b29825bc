#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <headway/outcome.hpp>

#include "call/call.hpp"
#include "call/completion.hpp"

namespace headway::call {

/// A call whose good answers are decoded to a `T` and handed to one handler.
template <class T, class... Arguments>
class TypedCall final : public Call {
 public:
  using Decode = Outcome<T> (*)(net::Reply);
  /// Makes what the handler wants out of how the call ended.
  using Convert = std::tuple<Arguments...> (*)(Outcome<T>);

  TypedCall(std::shared_ptr<Core> core, CallRequest request, Decode decode, Convert convert,
            Completion<Arguments...> completion)
      : Call(std::move(core), std::move(request)),
        decode_(decode),
        convert_(convert),
        completion_(std::move(completion)) {}

  void attach() { completion_.attach(shared_core(), self()); }
  void deliver() override {
    std::apply([this](auto&&... arguments) { completion_.complete(std::move(arguments)...); },
               convert_(std::move(*outcome_)));
  }

 private:
  std::optional<Error> accept(net::Reply reply, Bill& bill) override {
    auto request_id = std::string(reply.headers.value("x-request-id"));
    auto outcome = decode_(std::move(reply));
    if (!outcome) return outcome.error();
    if constexpr (requires { outcome->usage; }) {
      if (outcome->usage.prompt_tokens > 0) bill.kind = Bill::Kind::told;
      bill.usage = outcome->usage;
      bill.service_tier = outcome->service_tier;
    }
    outcome->request_id = std::move(request_id);
    outcome->attempts = attempts();
    outcome->times = times();
    outcome_ = std::make_unique<Outcome<T>>(std::move(outcome));
    return std::nullopt;
  }
  void reject(Error error) override { outcome_ = std::make_unique<Outcome<T>>(std::move(error)); }

  Decode decode_;
  Convert convert_;
  Completion<Arguments...> completion_;
  std::unique_ptr<Outcome<T>> outcome_;  // null while the call is in flight: it is a fifth of its size
};

/// Starts the call that `make_request` describes, or completes with the Error that it throws. `decode` sees only
/// answers with a status of 200 to 299.
template <class T, class MakeRequest, class... Arguments>
void start_call(const std::shared_ptr<Core>& core, MakeRequest make_request, Outcome<T> (*decode)(net::Reply),
                std::tuple<Arguments...> (*convert)(Outcome<T>),
                boost::asio::any_completion_handler<void(Arguments...)> handler) {
  Completion<Arguments...> completion(std::move(handler), core->executor());
  try {
    auto call =
        std::make_shared<TypedCall<T, Arguments...>>(core, make_request(), decode, convert, std::move(completion));
    call->attach();
    core->start(std::move(call));
  } catch (const Error& error) {
    boost::asio::post(core->executor(), [completion = std::move(completion), values = convert(error)]() mutable {
      std::apply([&](auto&&... arguments) { completion.complete(std::move(arguments)...); }, std::move(values));
    });
  }
}

}  // namespace headway::call
