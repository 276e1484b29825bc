#pragma once

#include <boost/asio/cancellation_signal.hpp>

#include "question.hpp"
#include "task.hpp"

namespace headway::python {

/// One call. Its letter is its Outcome.
class CallTask final : public Task {
 public:
  using Task::Task;

  /// Once, from any thread.
  void start(const AnyModel& model, Question question);

 private:
  void cancel_now() override { stop_.emit(boost::asio::cancellation_type::terminal); }

  boost::asio::cancellation_signal stop_;  // of the loop's thread
};

}  // namespace headway::python
