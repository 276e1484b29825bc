#include "row_task.hpp"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>

namespace headway::python {

void RowTask::start() {
  on_loop([](Task& task) { static_cast<RowTask&>(task).start_all(); });
}

void RowTask::start_all() {
  if (items_.empty()) return tell(End());
  for (std::size_t place = 0; place < items_.size(); ++place) {
    auto& entry = items_[place].entry;
    if (const auto* bad = std::get_if<job::BadRow>(&entry)) {
      tell_end(place, rules_->ends->of(*bad));
    } else {
      ask(place, std::make_shared<job::AskedRow>(std::get<job::Row>(std::move(entry)), rules_->answer_retries));
    }
  }
}

void RowTask::ask(std::size_t place, std::shared_ptr<job::AskedRow> asked) {
  auto& signal = *(signals_[place] = std::make_unique<boost::asio::cancellation_signal>());
  auto path = asked->row().path;
  auto body = asked->take_body();
  auto end = [self = shared_from_this(), this, place, asked = std::move(asked)](const std::exception_ptr& error,
                                                                                RawResponse response) {
    signals_[place].reset();
    came(place, asked, job::outcome_of(error, std::move(response)));
  };
  client_.async_request(std::move(path), std::move(body), rules_->request,
                        boost::asio::bind_cancellation_slot(signal.slot(), std::move(end)));
}

void RowTask::came(std::size_t place, const std::shared_ptr<job::AskedRow>& asked, Outcome<RawResponse> outcome) {
  if (outcome) rules_->stop.answer_came();
  if (!outcome) {
    const auto& error = outcome.error().info();
    const bool unfinished = error.kind == ErrorKind::cancelled || rules_->stop.concerns_all(error);
    if (unfinished) return tell_left(place, *asked, outcome);
  }
  if (auto record = rules_->ends->quickly(asked->row(), outcome)) return ended(place, asked, *std::move(record));
  auto done = [self = shared_from_this(), this, place, asked](job::Record record) {
    ended(place, asked, std::move(record));
  };
  judging_.judge(asked, std::move(outcome), rules_->ends, std::move(done));
}

void RowTask::ended(std::size_t place, const std::shared_ptr<job::AskedRow>& asked, job::Record record) {
  if (auto end = asked->ended(std::move(record), !cancelled_)) return tell_end(place, *std::move(end));
  ask(place, asked);
}

void RowTask::tell_end(std::size_t place, job::Record record) {
  auto stop = rules_->stop.ended(record);
  if (stop && rules_->stops) rules_->stopped = *stop;
  tell_row(place, std::move(record), false, stop.value_or(""));
  if (!rules_->stopped.empty() && !cancelled_) cancel_now();
}

void RowTask::tell_left(std::size_t place, job::AskedRow& asked, const Outcome<RawResponse>& outcome) {
  const auto& error = outcome.error().info();
  auto record = asked.left(error);
  const bool unfinished = !record;
  if (!record) record = rules_->ends->of(asked.row(), outcome);
  tell_row(place, *std::move(record), unfinished, rules_->stopped.empty() ? job::stop_reason(error) : rules_->stopped);
}

void RowTask::tell_row(std::size_t place, job::Record record, bool unfinished, std::string stop) {
  tell(RowLetter{items_[place].index, std::move(record), unfinished, std::move(stop)});
  if (--left_ == 0) tell(End());
}

void RowTask::cancel_now() {
  cancelled_ = true;
  judging_.hurry();
  for (const auto& signal : signals_) {
    if (signal) signal->emit(boost::asio::cancellation_type::terminal);
  }
}

}  // namespace headway::python
