#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>

#include <headway/options.hpp>

#include "call/flights.hpp"
#include "call/gates.hpp"
#include "call/limits_seen.hpp"
#include "call/loop_end.hpp"
#include "call/shared_limits.hpp"
#include "call/stats_board.hpp"
#include "net/pool.hpp"
#include "pace/retry_budget.hpp"
#include "pace/spend.hpp"

namespace headway::call {

class Call;
struct CallRequest;

/// The heart of a client: its loop's executor, its connections, and the calls that are alive. All but start(), close()
/// and on_loop_thread() is done on the loop.
class Core final : public LoopMember, public std::enable_shared_from_this<Core> {
 public:
  /// Throws Error (`configuration`).
  Core(boost::asio::any_io_executor executor, const ClientOptions& options);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  /// Begins the call on the loop. From any thread.
  void start(std::shared_ptr<Call> call);
  /// Cancels all calls and closes all connections; calls that come later are cancelled at once. From any thread.
  void close();
  std::shared_ptr<void> give_up() override;
  /// Cancels the call, if it is still there, from the loop, once the handler that runs now has returned. From any thread.
  void cancel_later(std::weak_ptr<Call> call);
  /// Whether a wait on this thread would wait for itself.
  bool on_loop_thread() const;
  /// The loop is the client's own, run by that thread. To be called before the first call.
  void set_loop_thread(std::thread::id id);

  const boost::asio::any_io_executor& executor() const { return executor_; }
  const ClientOptions& options() const { return options_; }
  net::Pool& pool() { return pool_; }
  /// The gate of a request's routes and model. Throws Error (`configuration`).
  Gate& gate(const CallRequest& request) { return gates_.of(request, spend_, shared_limits_); }
  pace::RetryBudget& retry_budget() { return retry_budget_; }
  Flights& flights() { return flights_; }
  void count_attempt() { ++attempts_; }
  void count_refusal() { ++refusals_; }
  /// On the loop: of now. From other threads: as of the last call that began, ended or had something delivered; and on a
  /// loop of the client's own at most a quarter of a second old while calls are in flight.
  ClientStats stats();
  /// As stats().
  std::vector<ModelSpend> spend() const;
  /// See Client. From any thread; the figures are as stats().
  void take_lease(const Lease& lease, std::chrono::steady_clock::time_point end);
  void learn_limits(std::vector<LearnedLimits> limits);
  /// A destination has learned something that is to be told at once.
  void tell_limits();
  LeaseDemand demand();
  std::vector<LearnedLimits> limits();
  /// The call has something to deliver: it does so from the loop, once the handler that runs now has returned.
  void deliver_soon(std::shared_ptr<Call> call);
  /// The call is over, and has its end to deliver.
  void finished(const std::shared_ptr<Call>& call);
  /// Runs `task` on the loop, at once if this is it, never if the loop is gone. From any thread.
  template <class Task>
  void run_on_loop(Task task) {
    if (!loop_ended_) boost::asio::dispatch(executor_, std::move(task));
  }

 private:
  void begin(std::shared_ptr<Call> call);
  void write_stats();
  ClientStats stats_now();
  bool in_loop_handler() const;
  void write_stats_later();
  void deliver_later();
  void deliver_due();
  void close_now();
  void loop_ended();

  boost::asio::any_io_executor executor_;
  ClientOptions options_;
  std::shared_ptr<LoopMembers> loop_members_;
  net::Pool pool_;
  pace::Spend spend_;
  Gates gates_;
  SharedLimits shared_limits_;
  pace::RetryBudget retry_budget_;
  Flights flights_;
  std::list<std::shared_ptr<Call>> alive_;
  std::vector<std::shared_ptr<Call>> due_;  // with something to deliver
  bool delivers_ = false;
  bool began_ = false;  // a call, since stats were written
  StatsBoard stats_;
  // Null on a loop of the user's, which would not end while it waits.
  std::unique_ptr<boost::asio::steady_timer> stats_timer_;
  bool stats_are_due_ = false;
  std::chrono::steady_clock::time_point next_limits_;
  LimitsSeen limits_seen_;
  std::uint64_t attempts_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t refusals_ = 0;
  std::atomic<std::thread::id> loop_thread_;
  bool closed_ = false;
  std::atomic<bool> loop_ended_ = false;
};

}  // namespace headway::call
