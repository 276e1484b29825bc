#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "call/call.hpp"
#include "call/pass.hpp"
#include "wire/stream_facts.hpp"

namespace headway::call {

/// A call whose answer goes to its sink as it is: JSON when it is whole, all else in pieces. Once a piece was handed over,
/// the call is not sent again.
class PassCall final : public Call {
 public:
  PassCall(std::shared_ptr<Core> core, CallRequest request, std::shared_ptr<PassSink> sink)
      : Call(std::move(core), std::move(request)), sink_(std::move(sink)) {}

  void hold(bool hold) { hold ? pause() : resume(); }
  void deliver() override;
  void forsake() override;

 private:
  bool wants_pieces(const net::ReplyHead& head) override;
  void received(std::string_view piece) override;
  std::optional<Error> accept(net::Reply& reply, Bill& bill) override;
  void refused_by(const net::Reply& reply) override { last_ = std::make_unique<net::Reply>(reply); }
  void reject(Error error) override { error_ = std::make_unique<Error>(std::move(error)); }
  void start_over() override;
  bool may_retry() const override { return !handed_over_; }

  void hand_over_head(const net::ReplyHead& head);
  void hand_over_last();

  std::shared_ptr<PassSink> sink_;
  std::unique_ptr<net::Reply> last_;  // whole: the good answer, or the last refusal
  std::unique_ptr<Error> error_;
  net::ReplyHead head_;  // of an answer in pieces
  std::optional<wire::StreamFacts> facts_{std::in_place};
  bool in_pieces_ = false;
  bool handed_over_ = false;
};

}  // namespace headway::call
