#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include <headway/error.hpp>
#include <headway/options.hpp>
#include <headway/response.hpp>

#include "call/call_flow.hpp"
#include "call/core.hpp"
#include "call/gate.hpp"
#include "call/request.hpp"
#include "net/exchange.hpp"
#include "wire/answer.hpp"

namespace headway::call {

/// One call, on its way as CallFlow says: has its timer, its place at the gate and its exchange. Made on any thread, lives on the
/// core's loop from begin() on. Who derives from it says what a good answer is and who is told.
class Call : public net::Exchange {
 public:
  Call(std::shared_ptr<Core> core, CallRequest request);

  void begin();
  /// Ends it with `cancelled`, down to its socket; nothing if it is over.
  void cancel();
  /// Hands to the user what is due: the end, once, or before it what the call has asked the core to deliver.
  virtual void deliver() = 0;
  /// The loop is being destroyed: lets go of its timer, and of who waits, uncalled.
  virtual void forsake();

  const pace::Demand& demand() const { return request_.demand; }
  /// The gate's answer to a call that stood in its line.
  void take_turn(Gate::Turn turn);

  const net::Request& request() const final { return request_.http; }
  const Timeouts& timeouts() const final { return request_.timeouts; }

  std::list<std::shared_ptr<Call>>::iterator place;  // among the core's calls
  Gate::Place gate_place;

 protected:
  /// Goes to the gate, or wherever the answer comes from.
  virtual void depart();
  /// The call is over without a failure, and has its end to deliver.
  void finish() { act(flow_.resume(CallFlow::Succeeded(), CallFlow::time_point())); }

  /// An answer with a status of 200 to 299. Gives nothing if it is good; else why not, and leaves the body. Fills in the
  /// bill if it told.
  virtual std::optional<Error> accept(net::Reply& reply, Bill& bill) = 0;
  /// The one reading of a whole answer. Gives why it is of no use, if so.
  std::optional<Error> read_answer(net::Reply& reply, wire::Answer& answer) const;
  /// That of a body which is of the request's form.
  std::optional<Error> read_body(std::string& body, wire::Answer& answer) const;
  /// What the good answer cost, if that is known.
  virtual void priced(Money) {}
  /// The call ended with a good answer.
  virtual void succeeded() {}
  /// The call ended without a good answer. Keeps the error for deliver().
  virtual void reject(Error error) = 0;
  /// An attempt was refused, perhaps not for the last time.
  virtual void refused_by(const net::Reply&) {}
  /// Another attempt will be made: what came of the answer so far is void.
  virtual void start_over() {}
  /// Whether a failure may be mended by another attempt.
  virtual bool may_retry() const { return true; }

  // For a call that takes its answer in pieces, while these come.

  /// All of the answer that matters is here, with its bill. The rest is awaited for a moment, unheard, so that the
  /// connection stays open.
  void complete_early(const Bill& bill);
  /// The pieces are of no use: gives the answer up.
  void fail_early(const Error& error, std::string request_id, const Bill& bill);

  /// Of an answer that is taken in pieces: before the first of them.
  void look_at(const net::ReplyHead& head);
  void first_token_has_come();

  const CallRequest& call_request() const { return request_; }
  int attempts() const { return flow_.attempts(); }
  bool over() const { return flow_.over(); }
  Core& core() { return *core_; }
  const std::shared_ptr<Core>& shared_core() const { return core_; }
  std::shared_ptr<Call> self() { return std::static_pointer_cast<Call>(shared_from_this()); }

 private:
  using Timer = boost::asio::steady_timer;

  /// What few calls need.
  struct Waits {
    std::unique_ptr<Timer> timer;
    pace::time_point armed_until = pace::time_point::max();
    std::shared_ptr<void> told;       // while it waits as its server told it
    std::weak_ptr<Timer> rest_timer;  // its handler owns it: the call may outlive the loop
  };

  Waits& waits();

  void replied(net::Reply reply) final;
  void failed(net::Failure failure) final;

  void act(CallFlow::Action action);
  void arm();
  void forget_timer();
  void time_passes();
  void ask_gate();
  void send();
  void wait(const CallFlow::Action& action);
  void tell_of_retry(const ErrorInfo& why, std::chrono::nanoseconds wait) const;
  void succeed(const Bill& bill, const std::optional<Money>& cost);
  void tell_end(const Usage& usage, std::optional<double> cost, const ErrorInfo* error) const;
  void end(std::unique_ptr<ErrorInfo> error);
  void add(Waited waited);
  std::optional<Money> settle(pace::Attempt attempt, Bill bill);
  void answered(net::Reply reply);
  void refused(const net::Reply& reply);
  bool follow_redirect(const net::Reply& reply);
  void unusable(ErrorInfo info, const Bill& bill, const std::optional<Money>& cost);
  void fail(ErrorInfo info, pace::Failure failure);
  void rest_is_here();

  std::shared_ptr<Core> core_;
  CallRequest request_;
  CallFlow flow_;
  Gate* gate_ = nullptr;  // of the core
  Ticket ticket_;
  pace::time_point head_at_;  // of an answer that is taken in pieces
  pace::time_point first_token_at_;
  std::chrono::nanoseconds first_byte_before_{};  // this attempt, from the start of sending
  std::chrono::nanoseconds body_before_{};
  std::unique_ptr<Waits> waits_;           // null: it has none
  std::unique_ptr<LimitSnapshot> limits_;  // of this attempt's answer; null: it told of none
  bool has_ticket_ = false;
  bool maybe_billed_ = false;  // of any attempt
};

}  // namespace headway::call
