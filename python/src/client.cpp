#include "client.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "answers.hpp"
#include "engine.hpp"
#include "gil.hpp"
#include "lease.hpp"
#include "options.hpp"

namespace headway::python {
namespace {

namespace nb = nanobind;

nb::dict dict_of(const ClientStats& stats) {
  nb::dict all;
  all["connections_opened"] = stats.connections_opened;
  all["connections_open"] = stats.connections_open;
  all["connections_shed"] = stats.connections_shed;
  all["calls_in_flight"] = stats.calls_in_flight;
  all["calls_waiting"] = stats.calls_waiting;
  all["calls_told_to_wait"] = stats.calls_told_to_wait;
  all["calls_ended"] = stats.calls_ended;
  all["attempts"] = stats.attempts;
  all["refusals"] = stats.refusals;
  all["prompt_tokens"] = stats.prompt_tokens;
  all["completion_tokens"] = stats.completion_tokens;
  all["cost"] = stats.cost;
  all["limited_by"] = to_string(stats.limited_by);
  all["resumes_in"] = std::chrono::duration<double>(stats.resumes_in).count();
  all["requests_per_minute"] = stats.requests_per_minute;
  all["requests_per_minute_allowed"] = stats.requests_per_minute_allowed;
  all["requests_limit_guessed"] = stats.requests_limit_guessed;
  all["tokens_per_minute"] = stats.tokens_per_minute;
  all["tokens_per_minute_allowed"] = stats.tokens_per_minute_allowed;
  all["tokens_limit_guessed"] = stats.tokens_limit_guessed;
  all["concurrency_limit"] = stats.concurrency_limit;
  return all;
}

nb::dict dict_of(const ModelSpend& spend) {
  nb::dict all;
  all["endpoint"] = spend.endpoint;
  all["model"] = spend.model;
  all["service_tier"] = spend.service_tier;
  all["calls"] = spend.calls;
  all["estimated"] = spend.estimated;
  all.update(usage_dict(spend.usage));
  all["cost"] = spend.cost;
  all["prices_from"] = spend.prices_from;
  return all;
}

nb::list spend_of(EngineHandle& engine) {
  nb::list rows;
  for (const auto& row : engine.engine().client().spend()) rows.append(dict_of(row));
  return rows;
}

}  // namespace

void bind_client(nb::module_& module) {
  nb::class_<EngineHandle>(module, "Engine")
      .def("__init__",
           [](EngineHandle* self, const nb::dict& given) { new (self) EngineHandle(client_options(given)); })
      .def("stats", [](EngineHandle& self) { return dict_of(self.engine().client().stats()); })
      .def("spend", spend_of)
      .def("metrics", [](EngineHandle& self) { return self.engine().client().metrics(); })
      .def("take_lease", [](EngineHandle& self, const nb::dict& lease,
                            double seconds) { self.take_lease(lease_of(lease), milliseconds_of(seconds)); })
      .def("demand", [](EngineHandle& self) { return dict_of(self.engine().client().demand()); })
      .def("limits", [](EngineHandle& self) { return list_of(self.engine().client().limits()); })
      .def("learn_limits",
           [](EngineHandle& self, const nb::list& limits) { self.engine().client().learn_limits(limits_of(limits)); })
      .def("close", &EngineHandle::close)
      .def_prop_ro("closed", &EngineHandle::closed);
  module.def("close_all", &EngineHandle::close_all);
}

}  // namespace headway::python
