#include "passage.hpp"

#include <utility>

#include <nanobind/stl/shared_ptr.h>

#include "options.hpp"
#include "settings.hpp"

namespace headway::python {

Passage::OnEngine::OnEngine(Engine& engine, const EndpointOptions* place)
    : loop(engine.loop()), way(engine.client(), place) {}

Passage::Passage(const std::shared_ptr<EngineHandle>& engine, const nb::object& place) : engine_(engine) {
  if (!place.is_none()) place_ = endpoint_options(nb::cast<nb::dict>(place));
  here();
}

Passage::OnEngine& Passage::here() {
  auto& engine = engine_->engine();
  if (auto* made = made_.get()) return *made;
  return made_.set(std::make_unique<OnEngine>(engine, place_ ? &*place_ : nullptr));
}

call::PassRequest pass_request(const nb::dict& given) {
  Settings settings(given, "a request");
  call::PassRequest request;
  settings.take("method", request.method);
  settings.take("path", request.path);
  settings.take("headers", request.options.headers);
  settings.take("silence", request.silence);
  settings.take("max_retries", request.options.max_retries);
  const auto body = nb::cast<nb::bytes>(settings.pop("body"));
  request.body.assign(body.c_str(), body.size());
  settings.done();
  return request;
}

void bind_passage(nb::module_& module) {
  nb::class_<Passage>(module, "Passage")
      .def(nb::init<const std::shared_ptr<EngineHandle>&, const nb::object&>(), nb::arg("engine"),
           nb::arg("place").none());
}

}  // namespace headway::python
