#pragma once

#include <memory>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>

#include "question.hpp"
#include "task.hpp"

namespace headway::python {

/// Many calls, at most `limit` of them at once (0: all). Its letters are a BatchEnd; or, with `each`, a BatchItem for each
/// call as it ends, and then End: there, items that were not taken yet count for the limit too.
class BatchTask final : public Task {
 public:
  BatchTask(std::weak_ptr<boost::asio::io_context> loop, Address reader, AnyModel model,
            std::vector<Question> questions, std::size_t limit, bool each);

  /// Once, from any thread.
  void start();

 private:
  using Signal = boost::asio::cancellation_signal;

  void fill();
  void begin(std::size_t index);
  void ended(std::size_t index, Outcome<Response> outcome);
  void tell_end_if_over();
  void cancel_now() override;
  void taken_now(std::size_t letters) override;

  AnyModel model_;
  std::vector<Question> questions_;
  std::vector<std::unique_ptr<Signal>> signals_;  // of those in flight
  std::vector<Outcome<Response>> outcomes_;       // empty with each_
  std::size_t limit_;
  bool each_;
  std::size_t next_ = 0;
  std::size_t alive_ = 0;  // in flight, or told and not taken
  std::size_t in_flight_ = 0;
  bool over_ = false;
};

}  // namespace headway::python
