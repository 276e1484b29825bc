#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>

#include <headway/client.hpp>

#include "engine.hpp"
#include "job/run/asked_row.hpp"
#include "job/run/judging.hpp"
#include "job/run/stop_rule.hpp"
#include "task.hpp"

namespace headway::python {

/// What all rows of a table share. Lives on the engine's loop.
struct RowRules {
  RowRules(job::RowEnds ends_, const job::RunOptions& options, bool stops_)
      : ends(std::make_shared<const job::RowEnds>(std::move(ends_))),
        stop(options.max_failures),
        stops(stops_),
        answer_retries(options.answer_retries) {
    request.timeout = options.timeout;
  }

  std::shared_ptr<const job::RowEnds> ends;
  job::StopRule stop;
  bool stops;           ///< where `stop` says so, what was asked is given up; else that is only told
  std::string stopped;  ///< why it was; empty: it was not
  int answer_retries;
  RequestOptions request;
};

/// Rows that are asked, all at once. Its letters are a RowLetter for each as it ends, and then End.
class RowTask final : public Task {
 public:
  struct Item {
    std::size_t index;
    job::Entry entry;
  };

  RowTask(Engine& engine, Address reader, std::shared_ptr<RowRules> rules, std::vector<Item> items)
      : Task(engine.loop(), std::move(reader)),
        client_(engine.client()),
        judging_(engine.side()),
        rules_(std::move(rules)),
        items_(std::move(items)),
        signals_(items_.size()),
        left_(items_.size()) {}

  /// Once, from any thread.
  void start();

 private:
  void start_all();
  void ask(std::size_t place, std::shared_ptr<job::AskedRow> asked);
  void came(std::size_t place, const std::shared_ptr<job::AskedRow>& asked, Outcome<RawResponse> outcome);
  void ended(std::size_t place, const std::shared_ptr<job::AskedRow>& asked, job::Record record);
  void tell_end(std::size_t place, job::Record record);
  void tell_left(std::size_t place, job::AskedRow& asked, const Outcome<RawResponse>& outcome);
  void tell_row(std::size_t place, job::Record record, bool unfinished, std::string stop);
  void cancel_now() override;

  Client client_;
  job::Judging judging_;
  std::shared_ptr<RowRules> rules_;
  std::vector<Item> items_;
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>> signals_;  // of those in flight
  std::size_t left_;
  bool cancelled_ = false;
};

}  // namespace headway::python
