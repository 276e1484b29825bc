#pragma once

#include <memory>

#include <headway/awaitable.hpp>
#include <headway/client.hpp>

#include "bench_options.hpp"
#include "bench_tally.hpp"

namespace headway::cli {

/// The model that is asked the same again and again, by either endpoint. Neither way throws. Any thread may call.
class BenchModel {
 public:
  BenchModel(const BenchModel&) = delete;
  BenchModel& operator=(const BenchModel&) = delete;
  virtual ~BenchModel() = default;

  virtual awaitable<CallEnd> ask() const = 0;
  virtual CallEnd ask_blocking() const = 0;

 protected:
  BenchModel() = default;
};

/// Throws Error (`configuration`).
std::unique_ptr<BenchModel> make_bench_model(const BenchOptions& options, Client client);

}  // namespace headway::cli
