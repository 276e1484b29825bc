#include "bench_load.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/awaitable.hpp>
#include <headway/thread_pool_executor.hpp>

namespace headway::cli {
namespace {

namespace asio = boost::asio;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(std::move(error));
}

// A load that starts many calls at once still lets the loop run now and then.
constexpr std::size_t burst = 64;

class ClosedLoad final : public BenchLoad {
 public:
  ClosedLoad(std::size_t in_flight, asio::io_context& loop, BenchRun& run, const BenchModel& model)
      : to_start_(in_flight), alive_(in_flight), loop_(loop), run_(run), model_(model) {}

  void start(std::function<void()> done) override {
    done_ = std::move(done);
    asio::post(loop_, [this] { start_some(); });
  }

 private:
  void start_some() {
    for (std::size_t n = std::min(burst, to_start_); n > 0; --n, --to_start_) ask_again();
    if (to_start_ > 0) asio::post(loop_, [this] { start_some(); });
  }

  void ask_again() {
    const auto due = Clock::now();
    if (run_.admit(due)) {
      model_.ask([this, due](const CallEnd& end) {
        run_.ended(end, due);
        ask_again();
      });
    } else if (--alive_ == 0) {
      done_();
    }
  }

  std::size_t to_start_;
  std::size_t alive_;  // places that still ask
  asio::io_context& loop_;
  BenchRun& run_;
  const BenchModel& model_;
  std::function<void()> done_;
};

class OpenLoad final : public BenchLoad {
 public:
  OpenLoad(double rate, asio::io_context& loop, BenchRun& run, const BenchModel& model)
      : between_(1 / rate), loop_(loop), timer_(loop), run_(run), model_(model) {}

  void start(std::function<void()> done) override {
    done_ = std::move(done);
    asio::co_spawn(loop_, start_calls(), [this](std::exception_ptr error) {
      rethrow(std::move(error));
      started_all_ = true;
      end_when_idle();
    });
  }

  void stopped() override { timer_.cancel(); }

 private:
  awaitable<void> start_calls() {
    for (std::size_t n = 0;; ++n) {
      const auto due = run_.start() + std::chrono::ceil<Clock::duration>(between_ * static_cast<double>(n));
      if (due > Clock::now() || n % burst == burst - 1) co_await wait_until(due);
      if (!run_.admit(due)) co_return;
      start_call(due);
    }
  }

  awaitable<void> wait_until(Clock::time_point due) {
    boost::system::error_code stopped;
    timer_.expires_at(std::min(due, run_.until()));
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }

  void start_call(Clock::time_point due) {
    ++alive_;
    model_.ask([this, due](const CallEnd& end) {
      run_.ended(end, due);
      --alive_;
      end_when_idle();
    });
  }

  void end_when_idle() {
    if (started_all_ && alive_ == 0) done_();
  }

  std::chrono::duration<double> between_;
  asio::io_context& loop_;
  asio::steady_timer timer_;
  BenchRun& run_;
  const BenchModel& model_;
  std::function<void()> done_;
  std::size_t alive_ = 0;
  bool started_all_ = false;
};

class PoolLoad final : public BenchLoad {
 public:
  PoolLoad(std::size_t threads, asio::io_context& loop, BenchRun& run, const BenchModel& model)
      : loop_(loop), run_(run), model_(model), busy_(threads), executor_(threads) {}

  void start(std::function<void()> done) override {
    done_ = std::move(done);
    for (std::size_t n = 0; n < executor_.max_workers(); ++n) submit_next();
  }

 private:
  void submit_next() {
    const auto due = Clock::now();
    if (run_.admit(due)) {
      executor_.submit([this, due] { ask(due); });
    } else if (--busy_ == 0) {
      asio::post(loop_, done_);
    }
  }

  void ask(Clock::time_point due) {
    run_.ended(model_.ask_blocking(), due);
    submit_next();
  }

  asio::io_context& loop_;
  BenchRun& run_;
  const BenchModel& model_;
  std::function<void()> done_;
  std::atomic<std::size_t> busy_;
  ThreadPoolExecutor executor_;
};

}  // namespace

std::unique_ptr<BenchLoad> make_bench_load(const BenchOptions& options, asio::io_context& loop, BenchRun& run,
                                           const BenchModel& model) {
  if (options.threads) return std::make_unique<PoolLoad>(*options.threads, loop, run, model);
  if (options.rate) return std::make_unique<OpenLoad>(*options.rate, loop, run, model);
  return std::make_unique<ClosedLoad>(options.in_flight, loop, run, model);
}

}  // namespace headway::cli
