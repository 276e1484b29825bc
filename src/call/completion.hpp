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
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "call/call.hpp"
#include "call/loop_end.hpp"

namespace headway::call {

/// The user's side of one call: his handler, with work tracked on his executor until it is completed. The cancellation
/// slot is installed and cleared on that executor only, and its handler does no more than post to the loop. If his loop
/// is destroyed before, the handler goes with it, and the call is cancelled.
template <class... Arguments>
class Completion final : public LoopMember {
 public:
  using Handler = boost::asio::any_completion_handler<void(Arguments...)>;

  Completion(Handler handler, const boost::asio::any_io_executor& fallback)
      : executor_(boost::asio::get_associated_executor(handler, fallback)),
        work_(boost::asio::prefer(executor_, boost::asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}
  Completion(Completion&&) noexcept = default;
  ~Completion() {
    if (loop_members_) loop_members_->remove(*this);
  }

  /// What completes on the user's loop may now cancel the call. From here on this must stay where it is.
  void attach(const std::shared_ptr<Call>& call, const boost::asio::any_io_executor& loop) {
    call_ = call;
    calls_loop_ = loop;
    if (auto* mine = loop_of(executor_); mine && mine != &loop.context()) {
      loop_members_ = LoopMembers::of(*mine);
      loop_members_->add(*this);
    }
    let_cancel();
  }

  /// Once, on the call's loop. The tracked work goes along and ends on the user's side: once it has ended, his loop may
  /// be gone.
  void complete(Arguments... arguments) {
    if (!loop_members_) return dispatch(std::move(arguments)...);
    loop_members_->leave(*this, [&] { dispatch(std::move(arguments)...); });
  }

 private:
  void let_cancel() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    // Only `terminal`: the other kinds want the promise that nothing was done yet, and a request cannot be taken back.
    slot.assign([call = call_, loop = calls_loop_](boost::asio::cancellation_type type) {
      using boost::asio::cancellation_type;
      if ((type & cancellation_type::terminal) != cancellation_type::none) cancel(call, loop);
    });
  }

  static void cancel(const std::weak_ptr<Call>& call, const boost::asio::any_io_executor& loop) {
    boost::asio::post(loop, [call] {
      if (const auto alive = call.lock()) alive->cancel();
    });
  }

  std::shared_ptr<void> give_up() override {
    cancel(call_, calls_loop_);
    using Both = std::pair<boost::asio::any_completion_executor, Handler>;
    return std::make_shared<Both>(std::move(work_), std::move(handler_));
  }

  void dispatch(Arguments... arguments) {
    boost::asio::dispatch(executor_, [work = std::move(work_), handler = std::move(handler_),
                                      values = std::make_tuple(std::move(arguments)...)]() mutable {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      std::apply(std::move(handler), std::move(values));
    });
  }

  boost::asio::any_completion_executor executor_;
  boost::asio::any_completion_executor work_;
  Handler handler_;
  std::weak_ptr<Call> call_;
  boost::asio::any_io_executor calls_loop_;
  std::shared_ptr<LoopMembers> loop_members_;  // null where the handler's loop is the call's, or not known
};

}  // namespace headway::call
