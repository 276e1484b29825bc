#include "run_file.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/file_limit.hpp"
#include "gil.hpp"
#include "job/report/live_view.hpp"
#include "job/run/run_file.hpp"
#include "job/run/run_settings.hpp"
#include "program.hpp"

namespace headway::python {
namespace {

namespace nb = nanobind;

void let_handlers_run() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

/// Tells Python of a run. What Python throws meanwhile stops the run, and is thrown at its end.
class Watcher final : public job::RunObserver {
 public:
  /// `progress`: None, or takes the figures as JSON.
  explicit Watcher(nb::object progress) : progress_(std::move(progress)) {}

  job::RunEnding run(job::Given given) {
    job::RunEnding ending;
    {
      WithoutGil released;
      released_ = &released;
      ending = job::run_file(job::run_setup(std::move(given)), this);
    }
    if (thrown_) std::rethrow_exception(thrown_);
    return ending;
  }

  void reading(std::uint64_t) override {
    in_python(let_handlers_run);
    if (thrown_) std::rethrow_exception(thrown_);
  }
  void progress(const job::RunFigures& figures, const job::RunFacts& facts) override {
    in_python([&] {
      let_handlers_run();
      if (!progress_.is_none()) progress_(job::progress_json(figures, facts));
    });
  }
  bool wants_stop() const override { return thrown_ != nullptr; }

 private:
  template <class Work>
  void in_python(Work work) {
    if (thrown_) return;
    released_->hold([&] {
      try {
        work();
      } catch (...) {
        thrown_ = std::current_exception();
      }
    });
  }

  nb::object progress_;
  WithoutGil* released_ = nullptr;
  std::exception_ptr thrown_;
};

// The run took the signal over; now it is Python's, whose handler for SIGINT raises KeyboardInterrupt.
void pass_on(int signal) {
  kill(getpid(), signal);
  let_handlers_run();
}

nb::tuple run_file(job::Given given, nb::object progress) {
  raise_file_limit();
  const auto ending = Watcher(std::move(progress)).run(std::move(given));
  if (ending.signal != 0) pass_on(ending.signal);
  return nb::make_tuple(ending.outcome == job::RunOutcome::all_done, ending.json, ending.text, ending.page);
}

// What is on or off takes a bool.
nb::dict run_settings() {
  nb::dict settings;
  for (const auto& setting : job::run_settings()) {
    std::string keyword(setting.name);
    std::ranges::replace(keyword, '-', '_');
    settings[keyword.c_str()] = nb::make_tuple(setting.takes, setting.about);
  }
  return settings;
}

int main(std::vector<std::string> arguments) {
  const WithoutGil released;
  return run_program(std::move(arguments));
}

}  // namespace

void bind_run_file(nb::module_& module) {
  module.def("run_file", run_file, nb::arg("settings"), nb::arg("progress").none());
  module.def("run_settings", run_settings);
  module.def("main", main);
}

}  // namespace headway::python
