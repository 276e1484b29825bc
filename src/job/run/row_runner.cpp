#include "job/run/row_runner.hpp"

#include <algorithm>
#include <utility>

#include "job/store/fault_points.hpp"

namespace headway::job {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t smallest_group = 16, largest_group = 1000;
constexpr std::size_t fewest_waiting = 16;  // in the client, so that there is always one to be sent next
constexpr std::chrono::milliseconds shortest_look = 2ms, longest_look = 64ms;

}  // namespace

void RowRunner::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  announce();
  look_for_end();
}

// Groups grow with the rows in flight: a crash leaves at most one group more than those of which nobody knows.
void RowRunner::announce() {
  if (announcing_ || stopped() || feed_.read_all() || feed_.announced() > group_ / 2) return;
  try {
    auto group = feed_.announce(std::clamp(in_flight_, smallest_group, largest_group));
    if (!group.empty()) {
      group_ = group.size();
      announcing_ = true;
      store_.may_send(std::move(group));
    }
    if (feed_.read_all()) store_.admitted_all();
  } catch (const Error& error) {
    stop(error.info().message);
  }
}

void RowRunner::may_send(std::uint64_t number) {
  announcing_ = false;
  feed_.allow(number);
  go_on();
}

void RowRunner::go_on() {
  if (std::exchange(going_on_, true)) return;
  while (!stopped() && has_room()) {
    auto item = feed_.take();
    if (!item) break;
    treat(std::move(*item));
    announce();
  }
  going_on_ = false;
  announce();
  look_for_end();
}

bool RowRunner::has_room() {
  if (store_.full() || judging_.full() || in_flight_ >= options_.in_flight) return false;
  const auto stats = client_.stats();
  const auto in_line = stats.calls_waiting - stats.calls_told_to_wait;
  if (in_line >= std::max(fewest_waiting, stats.calls_in_flight / 8)) {
    look_again_soon();
    return false;
  }
  look_again_in_ = shortest_look;
  return true;
}

// Nobody tells when a call that waited has been sent.
void RowRunner::look_again_soon() {
  if (std::exchange(looking_again_, true)) return;
  look_again_.expires_after(look_again_in_);
  look_again_in_ = std::min(2 * look_again_in_, longest_look);
  look_again_.async_wait([this](boost::system::error_code error) {
    looking_again_ = false;
    if (!error) go_on();
  });
}

void RowRunner::treat(RowFeed::Item item) {
  if (const auto* bad = std::get_if<BadRow>(&item.entry)) return keep(ends_->of(*bad));
  auto& row = std::get<Row>(item.entry);
  if (item.treatment == Treatment::record_unsent) return keep(ends_->unsent(row));
  send(std::make_shared<AskedRow>(std::move(row), options_.answer_retries));
}

void RowRunner::send(std::shared_ptr<AskedRow> asked) {
  peak_in_flight_ = std::max(peak_in_flight_, ++in_flight_);
  auto path = asked->row().path;
  auto body = asked->take_body();
  client_.async_request(std::move(path), std::move(body), options_.request,
                        [this, asked = std::move(asked)](const std::exception_ptr& error, RawResponse response) {
                          fault_point("row_ended");
                          came(asked, outcome_of(error, std::move(response)));
                        });
}

// Until it is known how the row has ended, it keeps its place among those in flight: so memory is bounded.
void RowRunner::came(const std::shared_ptr<AskedRow>& asked, Outcome<RawResponse> outcome) {
  if (outcome) rule_.answer_came();
  if (!outcome && left_unfinished(*asked, outcome.error())) return;
  if (auto record = ends_->quickly(asked->row(), outcome)) return ended(asked, *std::move(record));
  judging_.judge(asked, std::move(outcome), ends_, [this, asked](Record record) { ended(asked, std::move(record)); });
}

bool RowRunner::left_unfinished(AskedRow& asked, const Error& error) {
  const auto& info = error.info();
  if (info.kind == ErrorKind::configuration) wrong_settings_ = error;
  if (info.kind != ErrorKind::cancelled && !rule_.concerns_all(info)) return false;
  --in_flight_;
  unfinished_for(asked, info);
  go_on();
  return true;
}

void RowRunner::ended(const std::shared_ptr<AskedRow>& asked, Record record) {
  --in_flight_;
  if (auto end = asked->ended(std::move(record), !stopped())) {
    keep(*std::move(end));
  } else {
    send(asked);
  }
  go_on();
}

void RowRunner::unfinished_for(AskedRow& asked, const ErrorInfo& error) {
  if (auto record = asked.left(error)) {
    keep(*std::move(record));
  } else if (error.maybe_billed) {
    in_doubt_.push_back({asked.row().number, asked.row().content_hash});
  }
  stop(job::stop_reason(error));
}

void RowRunner::keep(Record record) {
  auto why = rule_.ended(record);
  store_.add(std::move(record));
  if (why) stop(*std::move(why));
}

void RowRunner::stop(std::string why) {
  if (!stopped()) stop_reason_ = std::move(why);
  look_for_end();
}

void RowRunner::look_for_end() {
  if (in_flight_ > 0 || going_on_ || !on_end_) return;
  if (!stopped() && (!feed_.done() || announcing_)) return;
  look_again_.cancel();
  std::exchange(on_end_, nullptr)();
}

}  // namespace headway::job
