#pragma once

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "bench_model.hpp"
#include "bench_options.hpp"
#include "bench_run.hpp"

namespace headway::cli {

/// What starts the calls of a run. All it refers to must outlive it.
class BenchLoad {
 public:
  BenchLoad(const BenchLoad&) = delete;
  BenchLoad& operator=(const BenchLoad&) = delete;
  virtual ~BenchLoad() = default;

  /// Starts the load and returns at once. `done` is called on the loop when no call is left and none will start.
  virtual void start(std::function<void()> done) = 0;
  /// The run was stopped: what waits to start a call need not wait any more. On the loop.
  virtual void stopped() {}

 protected:
  BenchLoad() = default;
};

/// Closed: `in_flight` calls, each of which is followed by the next as it ends. Open: calls start at `rate`.
/// With `threads`: a thread pool, each task one blocking call.
std::unique_ptr<BenchLoad> make_bench_load(const BenchOptions& options, boost::asio::io_context& loop, BenchRun& run,
                                           const BenchModel& model);

}  // namespace headway::cli
