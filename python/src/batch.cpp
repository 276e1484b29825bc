#include "batch.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>

namespace headway::python {

BatchTask::BatchTask(std::weak_ptr<boost::asio::io_context> loop, Address reader, AnyModel model,
                     std::vector<Question> questions, std::size_t limit, bool each)
    : Task(std::move(loop), std::move(reader)),
      model_(std::move(model)),
      questions_(std::move(questions)),
      signals_(questions_.size()),
      outcomes_(each ? 0 : questions_.size()),
      limit_(limit > 0 ? limit : std::numeric_limits<std::size_t>::max()),
      each_(each) {}

void BatchTask::start() {
  on_loop([](Task& task) { static_cast<BatchTask&>(task).fill(); });
}

void BatchTask::fill() {
  while (alive_ < limit_ && next_ < questions_.size()) begin(next_++);
  tell_end_if_over();
}

void BatchTask::begin(std::size_t index) {
  ++alive_;
  ++in_flight_;
  auto& signal = *(signals_[index] = std::make_unique<Signal>());
  auto tell = [self = shared_from_this(), this, index](Outcome<Response> outcome) { ended(index, std::move(outcome)); };
  ask(model_, std::move(questions_[index]), [&](const auto& llm, auto prompt, CallOptions options) {
    llm.async_outcome(std::move(prompt), std::move(options),
                      boost::asio::bind_cancellation_slot(signal.slot(), std::move(tell)));
  });
}

void BatchTask::ended(std::size_t index, Outcome<Response> outcome) {
  signals_[index].reset();
  --in_flight_;
  if (each_) {
    tell(BatchItem{index, std::move(outcome)});
  } else {
    --alive_;
    outcomes_[index] = std::move(outcome);
  }
  fill();
}

void BatchTask::tell_end_if_over() {
  if (over_ || in_flight_ > 0 || next_ < questions_.size()) return;
  over_ = true;
  if (each_) return tell(End());
  tell(std::move(outcomes_));
}

void BatchTask::cancel_now() {
  next_ = questions_.size();
  for (const auto& signal : signals_) {
    if (signal) signal->emit(boost::asio::cancellation_type::terminal);
  }
  tell_end_if_over();
}

void BatchTask::taken_now(std::size_t letters) {
  alive_ -= std::min(letters, alive_ - in_flight_);
  fill();
}

}  // namespace headway::python
