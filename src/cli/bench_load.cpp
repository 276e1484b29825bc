#include "bench_load.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <ranges>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/gather.hpp>
#include <headway/thread_pool_executor.hpp>

namespace headway::cli {
namespace {

namespace asio = boost::asio;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(std::move(error));
}

class ClosedLoad final : public BenchLoad {
 public:
  ClosedLoad(std::size_t in_flight, asio::io_context& loop, BenchRun& run, const BenchModel& model)
      : in_flight_(in_flight), loop_(loop), run_(run), model_(model) {}

  void start(std::function<void()> done) override {
    asio::co_spawn(loop_, all(), [done = std::move(done)](std::exception_ptr error) {
      rethrow(std::move(error));
      done();
    });
  }

 private:
  awaitable<void> all() {
    auto places = std::views::iota(std::size_t{0}, in_flight_) |
                  std::views::transform([this](std::size_t) { return ask_again_and_again(); });
    co_await gather(std::move(places));
  }

  awaitable<void> ask_again_and_again() {
    for (auto due = Clock::now(); run_.admit(due); due = Clock::now()) {
      const auto end = co_await model_.ask();
      run_.ended(end, due);
    }
  }

  std::size_t in_flight_;
  asio::io_context& loop_;
  BenchRun& run_;
  const BenchModel& model_;
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
  // A load that lags behind its schedule still lets the loop run now and then.
  static constexpr std::size_t burst = 64;

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
    asio::co_spawn(loop_, ask(due), [this](std::exception_ptr error) {
      --alive_;
      rethrow(std::move(error));
      end_when_idle();
    });
  }

  awaitable<void> ask(Clock::time_point due) {
    const auto end = co_await model_.ask();
    run_.ended(end, due);
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
