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

#include "call/core.hpp"
#include "call/gate.hpp"
#include "net/exchange.hpp"
#include "pace/retry.hpp"
#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/quirks.hpp"

namespace headway::call {

/// What a call sends, and how long it may take.
struct CallRequest {
  CallRequest() {}

  const Endpoint& endpoint() const { return *(*routes)[route].endpoint; }
  const std::string& model_there() const { return (*routes)[route].name_of(model); }
  /// Of a chat, where its route's provider has words of its own; else null.
  const wire::Dialect* dialect() const { return form == wire::Form::chat ? endpoint().dialect() : nullptr; }

  std::shared_ptr<const Routes> routes;
  std::size_t route = 0;  ///< the one that it takes
  net::Request http;
  pace::Demand demand;
  std::string model;  ///< for the message about a model that is not served; may be empty
  Timeouts timeouts;
  std::optional<std::chrono::milliseconds> deadline;
  std::optional<std::chrono::milliseconds> max_wait;
  int max_retries = 0;
  wire::Form form = wire::Form::other;      ///< of the answer
  std::int64_t answers = 1;                 ///< choices that it must have
  std::shared_ptr<const std::string> chat;  ///< what is asked in OpenAI's words, where http has it in others; else null
  bool default_temperature = false;         ///< nobody set the temperature in the body
  bool has_own_headers = false;
  bool has_own_path = false;  ///< of the caller's own: what fails there says nothing of other calls
  bool single_flight = false;
};

/// One call's life: sent, perhaps sent again, and ended once. Made on any thread, lives on the core's loop from begin()
/// on. Who derives from it says what a good answer is and who is told.
class Call : public net::Exchange {
 public:
  Call(std::shared_ptr<Core> core, CallRequest request);

  void begin();
  /// Ends it with `cancelled`, down to its socket; nothing if it is over.
  void cancel();
  /// Hands to the user what is due: the end, once, or before it what the call has asked the core to deliver.
  virtual void deliver() = 0;
  /// The loop is being destroyed: lets go of its timers, and of who waits, uncalled.
  virtual void forsake();

  // For the gate, while the call waits there.
  const pace::Demand& demand() const { return request_.demand; }
  void admitted(Ticket ticket, Waited waited);
  void refused(const ErrorInfo& why);

  const net::Request& request() const final { return request_.http; }
  const Timeouts& timeouts() const final { return request_.timeouts; }

  std::list<std::shared_ptr<Call>>::iterator place;  // among the core's calls
  Gate::Line::iterator place_in_line;                // at the gate, while it waits there
  Waited waited_before;

 protected:
  /// Goes to the gate, or wherever the answer comes from.
  virtual void depart();
  /// The call is over, and has its end to deliver.
  void finish();

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
  int attempts() const { return attempts_; }
  bool over() const { return over_; }
  Core& core() { return *core_; }
  const std::shared_ptr<Core>& shared_core() const { return core_; }
  std::shared_ptr<Call> self() { return std::static_pointer_cast<Call>(shared_from_this()); }

 private:
  using Timer = boost::asio::steady_timer;

  /// What few calls need.
  struct Waits {
    std::optional<pace::time_point> deadline;
    std::unique_ptr<Timer> deadline_timer;
    std::unique_ptr<Timer> backoff_timer;
    std::shared_ptr<void> told;  // while it waits as its server told it
    std::unique_ptr<Timer> patience_timer;
    std::unique_ptr<ErrorInfo> refusal;  // for which it waits
    std::weak_ptr<Timer> rest_timer;     // its handler owns it: the call may outlive the loop
  };

  Waits& waits();

  void replied(net::Reply reply) final;
  void failed(net::Failure failure) final;

  void enter(bool again);
  void cannot_be_sent(const Error& why);
  void take(std::size_t route);
  bool suit(const wire::Quirks& quirks);
  void send_again(pace::Result result);
  void end_well(const std::optional<Money>& cost);
  void answered(net::Reply reply);
  void refused_with(const net::Reply& reply);
  void stop_with(ErrorInfo info);
  void add(Waited waited);
  std::optional<Money> settle(pace::Attempt attempt, Bill bill);
  bool follow_redirect(const net::Reply& reply);
  void unusable(ErrorInfo info, const Bill& bill, const std::optional<Money>& cost);
  void failed_with(ErrorInfo info, pace::Failure failure);
  void tell_of_retry(const ErrorInfo& why, std::chrono::nanoseconds wait) const;
  void retry_after(std::chrono::nanoseconds wait);
  void enter_after(std::chrono::nanoseconds wait);
  void park(ErrorInfo refusal, std::optional<std::chrono::milliseconds> server_wait);
  std::chrono::nanoseconds patience() const;
  void on_deadline();
  void on_patience_end();
  void end_with(ErrorInfo info);
  void drop_timers();
  void rest_is_here();

  std::shared_ptr<Core> core_;
  CallRequest request_;
  Gate* gate_ = nullptr;  // of the core
  Ticket ticket_;
  pace::time_point head_at_;  // of an answer that is taken in pieces
  pace::time_point first_token_at_;
  std::chrono::nanoseconds first_byte_before_{};  // this attempt, from the start of sending
  std::chrono::nanoseconds body_before_{};
  pace::Retry retry_;
  std::unique_ptr<Waits> waits_;           // null: it has none
  std::unique_ptr<LimitSnapshot> limits_;  // of this attempt's answer; null: it told of none
  enum class Where : std::uint8_t { elsewhere, in_line, on_its_way } where_ = Where::elsewhere;
  int attempts_ = 0;
  int redirects_ = 0;
  bool maybe_billed_ = false;  // of any attempt
  wire::Quirks suited_;        // to which the request was made to suit
  bool over_ = false;
};

}  // namespace headway::call
