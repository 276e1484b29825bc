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

namespace headway::call {

/// The user's side of one call: his handler, with work tracked on his executor until it is completed. The cancellation
/// slot is installed and cleared on that executor only, and its handler does no more than post to the loop.
template <class... Arguments>
class Completion {
 public:
  using Handler = boost::asio::any_completion_handler<void(Arguments...)>;

  Completion(Handler handler, const boost::asio::any_io_executor& fallback)
      : executor_(boost::asio::get_associated_executor(handler, fallback)),
        work_(boost::asio::prefer(executor_, boost::asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  void let_cancel(const std::shared_ptr<Call>& call, const boost::asio::any_io_executor& loop) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    // Only `terminal`: the other kinds want the promise that nothing was done yet, and a request cannot be taken back.
    slot.assign([weak = std::weak_ptr<Call>(call), loop](boost::asio::cancellation_type type) {
      using boost::asio::cancellation_type;
      if ((type & cancellation_type::terminal) == cancellation_type::none) return;
      boost::asio::post(loop, [weak] {
        if (const auto alive = weak.lock()) alive->cancel();
      });
    });
  }

  /// Once, on the loop. The tracked work goes along and ends on the user's side: once it has ended, his loop may be gone.
  void complete(Arguments... arguments) {
    boost::asio::dispatch(executor_, [work = std::move(work_), handler = std::move(handler_),
                                      values = std::make_tuple(std::move(arguments)...)]() mutable {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      std::apply(std::move(handler), std::move(values));
    });
  }

 private:
  boost::asio::any_completion_executor executor_;
  boost::asio::any_completion_executor work_;
  Handler handler_;
};

}  // namespace headway::call
