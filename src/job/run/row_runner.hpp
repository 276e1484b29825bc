#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <headway/client.hpp>

#include "job/run/asked_row.hpp"
#include "job/run/judging.hpp"
#include "job/run/row_end.hpp"
#include "job/run/row_feed.hpp"
#include "job/run/side_threads.hpp"
#include "job/run/stop_rule.hpp"
#include "job/store/store.hpp"

namespace headway::job {

struct RowRunnerOptions {
  RowRunnerOptions() {}

  std::size_t in_flight = 0;  ///< rows at the most
  int answer_retries = 0;
  RequestOptions request;
};

/// Sends the rows of a feed, and gives the store what comes of them. Few wait inside the client: a row is taken when it is
/// likely to be sent at once, so that a crash leaves few of which nobody knows. Lives on the client's loop.
class RowRunner {
 public:
  /// `executor`: the client's.
  RowRunner(const boost::asio::any_io_executor& executor, Client client, RowFeed feed, RowEnds ends, Store& store,
            StopRule rule, RowRunnerOptions options)
      : look_again_(executor),
        client_(std::move(client)),
        feed_(std::move(feed)),
        ends_(std::make_shared<const RowEnds>(std::move(ends))),
        store_(store),
        rule_(std::move(rule)),
        options_(std::move(options)),
        side_(executor) {}
  RowRunner(const RowRunner&) = delete;
  RowRunner& operator=(const RowRunner&) = delete;

  /// `on_end`: all that was sent has ended, and no more will be sent. What was added to the store may not be durable yet.
  void start(std::function<void()> on_end);
  /// No more rows are sent; those in flight are awaited. `why`: one sentence; the first one counts.
  void stop(std::string why);
  /// Nothing is called any more, and of the rows in flight nothing will be known.
  void break_off(std::string why) {
    on_end_ = nullptr;
    stop_reason_ = std::move(why);
    judging_.hurry();
  }
  /// As stop(), and rows in flight are given up: they stay unfinished. Answers that are there are kept, judged or not.
  void abandon(std::string why) {
    stop(std::move(why));
    judging_.hurry();
    client_.close();
  }

  /// The store has journaled that rows up to this number may be sent.
  void may_send(std::uint64_t number);
  /// The store has room, or the client.
  void go_on();

  bool stopped() const { return stop_reason_.has_value(); }
  const std::optional<std::string>& stop_reason() const { return stop_reason_; }
  /// Of kind `configuration`: no row could be sent with these settings.
  const std::optional<Error>& wrong_settings() const { return wrong_settings_; }
  std::size_t in_flight() const { return in_flight_; }
  /// There are rows to send, and as many in flight as may be (RowRunnerOptions::in_flight).
  bool is_held_back() const { return in_flight_ >= options_.in_flight && !feed_.done(); }
  /// Most rows in flight have been answered, and wait to be judged.
  bool is_judging() const { return judging_.waiting() > in_flight_ / 2; }
  /// Up to now.
  std::size_t peak_in_flight() const { return peak_in_flight_; }
  /// After the end: rows that stay unfinished, and may have been billed.
  const std::vector<SentRow>& in_doubt() const { return in_doubt_; }

 private:
  bool has_room();
  void announce();
  void treat(RowFeed::Item item);
  void send(std::shared_ptr<AskedRow> asked);
  void came(const std::shared_ptr<AskedRow>& asked, Outcome<RawResponse> outcome);
  bool left_unfinished(AskedRow& asked, const Error& error);
  void ended(const std::shared_ptr<AskedRow>& asked, Record record);
  void unfinished_for(AskedRow& asked, const ErrorInfo& error);
  void keep(Record record);
  void look_again_soon();
  void look_for_end();

  boost::asio::steady_timer look_again_;
  std::chrono::milliseconds look_again_in_{2};
  bool looking_again_ = false;
  Client client_;
  RowFeed feed_;
  std::shared_ptr<const RowEnds> ends_;
  Store& store_;
  StopRule rule_;
  RowRunnerOptions options_;
  std::function<void()> on_end_;
  std::optional<std::string> stop_reason_;
  std::optional<Error> wrong_settings_;
  std::vector<SentRow> in_doubt_;
  std::size_t in_flight_ = 0;  // those that are judged too
  std::size_t peak_in_flight_ = 0;
  std::size_t group_ = 0;  // rows of the last one announced
  bool announcing_ = false;
  bool going_on_ = false;
  SideThreads side_;
  Judging judging_{side_};
};

}  // namespace headway::job
