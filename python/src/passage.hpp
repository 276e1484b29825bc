#pragma once

#include <memory>
#include <optional>

#include <nanobind/nanobind.h>

#include "call/pass.hpp"
#include "engine.hpp"

namespace headway::python {

namespace nb = nanobind;

/// A place that requests pass through to, as Python holds it: made anew on the fresh engine after a fork. Guarded by the GIL.
class Passage {
 public:
  /// `place`: address and key; None for the client's own endpoints. Throws Error (`configuration`) and TypeError.
  Passage(const std::shared_ptr<EngineHandle>& engine, const nb::object& place);

  const detail::PassThrough& way() { return here().way; }
  std::weak_ptr<boost::asio::io_context> loop() { return here().loop; }

 private:
  struct OnEngine {
    OnEngine(Engine& engine, const EndpointOptions* place);

    std::shared_ptr<boost::asio::io_context> loop;  // outlives the client
    detail::PassThrough way;
  };
  OnEngine& here();

  std::optional<EndpointOptions> place_;
  std::shared_ptr<EngineHandle> engine_;
  OfThisProcess<OnEngine> made_;
};

/// A dict of `method`, `path`, `headers` (a dict), `body` (bytes), and seconds of `silence` and `max_retries` or None.
call::PassRequest pass_request(const nb::dict& given);

void bind_passage(nb::module_& module);

}  // namespace headway::python
