#include <headway/client.hpp>

#include <memory>
#include <utility>

#include "call/convert.hpp"
#include "call/engine.hpp"
#include "call/future_handler.hpp"
#include "call/metrics.hpp"
#include "call/typed_call.hpp"
#include "wire/models.hpp"

namespace headway {
namespace {

RawResponse keep_raw(net::Reply reply, wire::Answer answer) {
  RawResponse response;
  response.status = reply.status;
  response.content_type = reply.headers.value("content-type");
  response.body = std::move(reply.body);
  response.translated = std::move(answer.translated);
  response.choices = std::move(answer.choices);
  response.usage = answer.usage;
  response.service_tier = std::move(answer.service_tier);
  return response;
}

}  // namespace

Client::Client(ClientOptions options) : engine_(std::make_shared<Engine>(options)) {}

Client::Client(boost::asio::any_io_executor executor, ClientOptions options)
    : engine_(std::make_shared<Engine>(std::move(executor), options)) {}

void Client::start_request(std::string path, std::string body, RequestOptions options,
                           detail::throwing_handler<RawResponse> handler) const {
  auto& core = engine_->core;
  auto request = [&] { return engine_->request("POST", path, std::move(body), options); };
  call::start_call(core, request, keep_raw, call::throwing<RawResponse>, std::move(handler));
}

RawResponse Client::request(std::string path, std::string body, RequestOptions options) const {
  return block("POST", path, std::move(body), options);
}

std::vector<std::string> Client::models(RequestOptions options) const {
  return wire::decode_models(block("GET", "/v1/models", "", options).body).value();
}

RawResponse Client::block(const char* method, const std::string& path, std::string body,
                          const RequestOptions& options) const {
  engine_->refuse_on_loop();
  call::FutureHandler<RawResponse> handler;
  auto answer = handler.future();
  auto& core = engine_->core;
  auto request = [&] { return engine_->request(method, path, std::move(body), options); };
  call::start_call(core, request, keep_raw, call::unchanged<RawResponse>,
                   detail::outcome_handler<RawResponse>(std::move(handler)));
  return answer.get();
}

ClientStats Client::stats() const noexcept {
  return engine_->core->stats();
}

std::vector<ModelSpend> Client::spend() const {
  return engine_->core->spend();
}

std::string Client::metrics() const {
  return call::prometheus_text(stats(), spend());
}

void Client::take_lease(const Lease& lease, std::chrono::milliseconds lasts) const {
  const auto is_part = [](double part) { return part >= 0 && part <= 1; };
  if (!is_part(lease.requests) || !is_part(lease.tokens)) {
    throw Error(ErrorKind::configuration, "a lease lends parts of the limits, from 0 to 1");
  }
  engine_->core->take_lease(lease, std::chrono::steady_clock::now() + lasts);
}

LeaseDemand Client::demand() const {
  return engine_->core->demand();
}

std::vector<LearnedLimits> Client::limits() const {
  return engine_->core->limits();
}

void Client::learn_limits(std::vector<LearnedLimits> limits) const {
  engine_->core->learn_limits(std::move(limits));
}

void Client::close() const {
  engine_->core->close();
}

Client default_client() {
  static const Client client;
  return client;
}

}  // namespace headway
