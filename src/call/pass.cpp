#include "call/pass.hpp"

#include <utility>

#include "call/engine.hpp"
#include "call/pass_call.hpp"
#include "wire/answer.hpp"

namespace headway::call {

Passing::Passing(std::shared_ptr<Core> core, std::shared_ptr<PassCall> call) : core_(core), call_(call) {}

void Passing::cancel() const {
  if (const auto core = core_.lock()) core->cancel_later(call_);
}

void Passing::hold(bool hold) const {
  const auto core = core_.lock();
  if (!core) return;
  core->run_on_loop([call = call_, hold] {
    if (const auto alive = call.lock()) alive->hold(hold);
  });
}

}  // namespace headway::call

namespace headway::detail {
namespace {

// As one of several: nothing of the environment's, whose key is for another host.
call::Routes place_of(const ClientOptions& client, const EndpointOptions& place) {
  RouteOptions route;
  static_cast<EndpointOptions&>(route) = place;
  route.limits = client.limits;
  route.prices = client.prices;
  return call::routes_of(EndpointOptions(), {route});
}

void refuse_translation(const call::Routes& routes, std::string_view path) {
  if (wire::form_of(path) != wire::Form::chat) return;
  for (const auto& route : routes) {
    if (!route.endpoint->dialect()) continue;
    throw Error(
        ErrorKind::configuration,
        "what passes through goes out as it is, and this endpoint does not speak OpenAI's words: ask it by its own "
        "paths, or by a model of headway's");
  }
}

}  // namespace

/// Those other than the client's own.
struct PassThrough::Places {
  call::Routes routes;
};

PassThrough::PassThrough(Client client, const EndpointOptions* place) : client_(std::move(client)) {
  const auto& options = client_.engine_->core->options();
  if (place) places_ = std::make_unique<Places>(Places{place_of(options, *place)});
}

PassThrough::~PassThrough() = default;

call::Passing PassThrough::start(call::PassRequest asked, std::shared_ptr<call::PassSink> sink) const {
  auto& engine = *client_.engine_;
  auto routes = places_ ? places_->routes : engine.routes();
  refuse_translation(routes, asked.path);
  auto request = engine.request(std::move(routes), asked.method, asked.path, std::move(asked.body), asked.options);
  if (asked.silence) {
    request.timeouts.first_byte = request.timeouts.idle = *asked.silence;
    request.timeouts.total = std::chrono::milliseconds(0);
  }
  auto call = std::make_shared<call::PassCall>(engine.core, std::move(request), std::move(sink));
  engine.core->start(call);
  return {engine.core, std::move(call)};
}

}  // namespace headway::detail
