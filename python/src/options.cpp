#include "options.hpp"

#include <string>
#include <utility>

#include <headway/config.hpp>

#include "settings.hpp"

namespace headway::python {
namespace {

void take_limits(Settings& settings, LimitOptions& limits) {
  settings.take("rpm", limits.requests_per_minute);
  settings.take("tpm", limits.tokens_per_minute);
  settings.take("itpm", limits.input_tokens_per_minute);
  settings.take("otpm", limits.output_tokens_per_minute);
  settings.take("rpd", limits.requests_per_day);
  settings.take("tpd", limits.tokens_per_day);
  settings.take("share", limits.share);
  settings.take("max_concurrency", limits.max_concurrency);
}

void take_prices(Settings& settings, PriceOptions& prices) {
  settings.take("price_in", prices.in);
  settings.take("price_out", prices.out);
  settings.take("price_cached_in", prices.cached_in);
  settings.take("prices", prices.file);
  settings.take("price_name", prices.name_in_file);
}

void take_endpoint(Settings& settings, EndpointOptions& endpoint) {
  settings.take("provider", endpoint.provider);
  settings.take("base_url", endpoint.base_url);
  settings.take("api_key", endpoint.api_key);
  settings.take("organization", endpoint.organization);
  settings.take("project", endpoint.project);
  settings.take("default_headers", endpoint.default_headers);
  take_limits(settings, endpoint.limits);
  take_prices(settings, endpoint.prices);
}

RouteOptions route_options(const nb::dict& given) {
  Settings settings(given, "an endpoint");
  RouteOptions route;
  take_endpoint(settings, route);
  settings.take("model", route.model);
  settings.take("weight", route.weight);
  settings.take("fallback", route.fallback);
  settings.done();
  return route;
}

void take_routes(Settings& settings, std::vector<RouteOptions>& routes) {
  const auto given = settings.pop("endpoints");
  if (given.is_none()) return;
  routes.clear();
  for (const auto& one : given) {
    if (!nb::isinstance<nb::dict>(one)) settings.refuse("endpoints");
    routes.push_back(route_options(nb::borrow<nb::dict>(one)));
  }
}

void take_http(Settings& settings, HttpVersion& http) {
  std::string name;
  settings.take("http", name);
  if (name.empty()) return;
  if (name == "auto") {
    http = HttpVersion::automatic;
  } else if (name == "1.1") {
    http = HttpVersion::http_1_1;
  } else if (name == "2") {
    http = HttpVersion::http_2;
  } else {
    settings.refuse("http");
  }
}

void take_timeouts(Settings& settings, Timeouts& timeouts) {
  const auto given = settings.pop("timeouts");
  if (given.is_none()) return;
  if (!nb::isinstance<nb::dict>(given)) settings.refuse("timeouts");
  Settings stages(nb::borrow<nb::dict>(given), "timeouts");
  stages.take("connect", timeouts.connect);
  stages.take("first_byte", timeouts.first_byte);
  stages.take("idle", timeouts.idle);
  stages.take("total", timeouts.total);
  stages.done();
}

void take_connections(Settings& settings, ClientOptions& options) {
  take_http(settings, options.http);
  take_timeouts(settings, options.timeouts);
  settings.take("max_connections", options.max_connections);
  settings.take("max_connecting", options.max_connecting);
  settings.take("keep_alive", options.keep_alive);
  settings.take("max_response_bytes", options.max_response_bytes);
  settings.take("ca_file", options.ca_file);
  settings.take("proxy", options.proxy);
}

void take_request(Settings& settings, RequestOptions& options) {
  settings.take("timeout", options.timeout);
  settings.take("deadline", options.deadline);
  settings.take("max_retries", options.max_retries);
  settings.take("max_wait", options.max_wait);
  settings.take("headers", options.headers);
  settings.take("single_flight", options.single_flight);
}

void take_model(Settings& settings, ModelOptions& options) {
  settings.take("model", options.model);
  settings.take("temperature", options.temperature);
  settings.take("max_tokens", options.max_tokens);
  settings.take("max_completion_tokens", options.max_completion_tokens);
  settings.take_strings("stop", options.stop);
  settings.take("extra_body", options.extra_body);
}

bool is_none(const nb::dict& given, const char* name) {
  return given.contains(name) && given[name].is_none();
}

}  // namespace

ClientOptions client_options(const nb::dict& given) {
  Settings settings(given, "Client");
  std::string config;
  settings.take("config", config);
  auto options = config.empty() ? ClientOptions() : read_config(config);
  take_endpoint(settings, options);
  take_routes(settings, options.endpoints);
  take_connections(settings, options);
  settings.take("max_cost", options.max_cost);
  settings.take("max_total_tokens", options.max_total_tokens);
  settings.take("max_retries", options.max_retries);
  settings.take("single_flight", options.single_flight);
  settings.done();
  return options;
}

LanguageModelOptions model_options(LanguageModelOptions options, const nb::dict& given) {
  Settings settings(given, "the model");
  if (is_none(given, "temperature")) options.temperature.reset();
  if (given.contains("max_tokens") || given.contains("max_completion_tokens")) options.max_tokens.reset();
  take_model(settings, options);
  take_endpoint(settings, options);
  take_routes(settings, options.endpoints);
  settings.take("timeout", options.timeout);
  settings.take("max_retries", options.max_retries);
  settings.done();
  return options;
}

OpenAIEmbeddingsOptions embeddings_options(const nb::dict& given) {
  Settings settings(given, "the model");
  OpenAIEmbeddingsOptions options;
  settings.take("model", options.model);
  settings.take("dimensions", options.dimensions);
  settings.take("encoding_format", options.encoding_format);
  settings.take("max_inputs", options.max_inputs);
  settings.take("max_request_tokens", options.max_tokens);
  settings.take("in_flight", options.max_concurrency);
  settings.take("extra_body", options.extra_body);
  take_endpoint(settings, options);
  take_routes(settings, options.endpoints);
  settings.take("timeout", options.timeout);
  settings.take("max_retries", options.max_retries);
  settings.done();
  return options;
}

RequestOptions request_options(const nb::dict& given) {
  Settings settings(given, "a request");
  RequestOptions options;
  take_request(settings, options);
  settings.done();
  return options;
}

EndpointOptions endpoint_options(const nb::dict& given) {
  Settings settings(given, "an endpoint");
  EndpointOptions options;
  take_endpoint(settings, options);
  settings.done();
  return options;
}

CallOptions call_options(const nb::dict& given) {
  Settings settings(given, "a call");
  CallOptions options;
  take_model(settings, options);
  take_request(settings, options);
  settings.done();
  return options;
}

}  // namespace headway::python
