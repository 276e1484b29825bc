#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include <headway/client.hpp>

#include "bench_options.hpp"
#include "bench_tally.hpp"

namespace headway::cli {

/// The model that is asked the same again and again, by either endpoint. Neither way throws. Any thread may call.
/// Without coroutines, whose frames were half of what a call in flight takes.
class BenchModel {
 public:
  BenchModel(const BenchModel&) = delete;
  BenchModel& operator=(const BenchModel&) = delete;
  virtual ~BenchModel() = default;

  using Then = std::function<void(const CallEnd&)>;
  /// Returns at once; `then` is called on the client's loop, never from within.
  virtual void ask(Then then) const = 0;
  virtual CallEnd ask_blocking() const = 0;

 protected:
  BenchModel() = default;
};

/// `loop` is the client's, for ask(). Throws Error (`configuration`).
std::unique_ptr<BenchModel> make_bench_model(const BenchOptions& options, Client client,
                                             boost::asio::any_io_executor loop);

}  // namespace headway::cli
