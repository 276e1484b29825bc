#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include "call/call.hpp"
#include "call/loop_end.hpp"

namespace headway::call {

/// The user's side of one call: his handler, completed on his executor. The cancellation slot is installed and cleared on
/// that executor only, and its handler does no more than post to the call's loop.
template <class... Arguments>
class Completion final {
 public:
  using Handler = boost::asio::any_completion_handler<void(Arguments...)>;

  /// `loop`: the call's, and the executor of handlers that have none.
  Completion(Handler handler, const boost::asio::any_io_executor& loop)
      : executor_(boost::asio::get_associated_executor(handler, loop)), handler_(std::move(handler)) {
    if (loop_of(executor_) != &loop.context()) abroad_ = std::make_unique<Abroad>(executor_);
  }
  Completion(Completion&&) noexcept = default;

  /// What completes on the user's loop may now cancel the call. From here on this must stay where it is.
  void attach(const std::shared_ptr<Core>& core, const std::shared_ptr<Call>& call) {
    if (abroad_) abroad_->attach(*this, core, call);
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    // Only `terminal`: the other kinds want the promise that nothing was done yet, and a request cannot be taken back.
    slot.assign(
        [weak_core = std::weak_ptr(core), weak_call = std::weak_ptr(call)](boost::asio::cancellation_type type) {
          using boost::asio::cancellation_type;
          if ((type & cancellation_type::terminal) == cancellation_type::none) return;
          if (const auto alive = weak_core.lock()) alive->cancel_later(weak_call);
        });
  }

  /// Once, on the call's loop.
  void complete(Arguments... arguments) {
    if (!abroad_) return dispatch(std::move(arguments)...);
    abroad_->leave([&] { dispatch(std::move(arguments)...); });
  }

 private:
  /// What it takes to complete on another loop than the call's: work tracked there, so that it does not run out, and word
  /// of its end: if it is destroyed before the call has ended, the handler goes with it, and the call is cancelled.
  class Abroad final : public LoopMember {
   public:
    explicit Abroad(const boost::asio::any_completion_executor& executor)
        : work_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)) {}
    ~Abroad() {
      if (loop_members_) loop_members_->remove(*this);
    }

    void attach(Completion& completion, const std::shared_ptr<Core>& core, const std::shared_ptr<Call>& call) {
      completion_ = &completion;
      core_ = core;
      call_ = call;
      if (auto* loop = loop_of(completion.executor_)) {
        loop_members_ = LoopMembers::of(*loop);
        loop_members_->add(*this);
      }
    }

    template <class Then>
    void leave(Then then) {
      const auto members = loop_members_;
      if (!members) return then();
      members->leave(*this, std::move(then));
    }

   private:
    std::shared_ptr<void> give_up() override {
      if (const auto alive = core_.lock()) alive->cancel_later(call_);
      using Both = std::pair<boost::asio::any_completion_executor, Handler>;
      return std::make_shared<Both>(std::move(work_), std::move(completion_->handler_));
    }

    boost::asio::any_completion_executor work_;
    Completion* completion_ = nullptr;
    std::weak_ptr<Core> core_;
    std::weak_ptr<Call> call_;
    std::shared_ptr<LoopMembers> loop_members_;  // null where the handler's loop is not known
  };

  // The tracked work goes along and ends on the user's side: once it has ended, his loop may be gone.
  void dispatch(Arguments... arguments) {
    boost::asio::dispatch(executor_, [abroad = std::move(abroad_), handler = std::move(handler_),
                                      values = std::make_tuple(std::move(arguments)...)]() mutable {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      std::apply(std::move(handler), std::move(values));
    });
  }

  boost::asio::any_completion_executor executor_;
  Handler handler_;
  std::unique_ptr<Abroad> abroad_;  // null where the handler's loop is the call's
};

}  // namespace headway::call
