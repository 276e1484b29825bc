#include "call/model_state.hpp"

#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "call/engine.hpp"
#include "config/check_options.hpp"
#include "config/environment.hpp"
#include "config/provider.hpp"

namespace headway::detail {
namespace {

bool same_provider(const EndpointOptions& one, const EndpointOptions& other) {
  return &config::provider_of(one.provider) == &config::provider_of(other.provider);
}

bool has_place(const LanguageModelOptions& options) {
  return !options.base_url.empty() || !options.api_key.empty() || !options.api_key_command.empty() ||
         !options.endpoints.empty();
}

// What is set holds: the client's limits and prices wherever its model goes, and its address for a key that has none.
void inherit_bounds(LanguageModelOptions& model, const ClientOptions& client) {
  if (!model.endpoints.empty() || !client.endpoints.empty()) return;
  if (model.base_url.empty() && same_provider(model, client)) model.base_url = client.base_url;
  if (model.limits == LimitOptions()) model.limits = client.limits;
  if (model.prices == PriceOptions()) model.prices = client.prices;
}

// Without a place of its own a model has its client's endpoints, keys and all; with one, no key or header of the client's
// goes along: a key is for one host.
void inherit(LanguageModelOptions& model, const ClientOptions& client) {
  const bool elsewhere = !model.provider.empty() && client.endpoints.empty() && !same_provider(model, client);
  if (has_place(model) || elsewhere) return inherit_bounds(model, client);
  model.endpoints = client.endpoints;
  auto own = std::exchange(static_cast<EndpointOptions&>(model), static_cast<const EndpointOptions&>(client));
  own.default_headers.merge(model.default_headers);
  model.default_headers = std::move(own.default_headers);
  if (own.limits != LimitOptions()) model.limits = own.limits;
  if (own.prices != PriceOptions()) model.prices = std::move(own.prices);
}

// "anthropic:claude-haiku-4-5" says both.
void take_provider(LanguageModelOptions& options) {
  std::string_view name = options.model;
  const auto provider = config::take_provider(name);
  if (provider.empty()) return;
  options.provider = provider;
  options.model = std::string(name);  // which looks into it
}

}  // namespace

ModelState::ModelState(LanguageModelOptions given, std::optional<Client> its_client, std::string default_model,
                       std::string_view path)
    : options(std::move(given)), client(std::move(its_client)) {
  options.model = config::model_or_environment(std::move(options.model), std::move(default_model));
  take_provider(options);
  config::check(options);
  if (client) inherit(options, client->engine_->core->options());
  routes = call::with_heads(call::routes_of(options, options.endpoints), "POST", path, {}, true);
  if (options.model.empty()) options.model = routes->front().model;
  if (options.model.empty()) {
    throw Error(ErrorKind::configuration,
                fmt::format("{} needs a model; set HEADWAY_MODEL or model; 'headway models' lists what is served",
                            config::provider_of(options.provider).chat_class));
  }
}

std::shared_ptr<call::Core> ModelState::core() const {
  if (client) return client->engine_->core;
  const auto* current = current_client();
  return current ? current->engine_->core : default_client().engine_->core;
}

std::shared_ptr<call::Core> ModelState::core_for(const boost::asio::any_io_executor& coroutine) const {
  const auto* current = client ? nullptr : current_client();
  const bool elsewhere = current && &current->engine_->core->executor().context() != &coroutine.context();
  return elsewhere ? default_client().engine_->core : core();
}

std::shared_ptr<call::Core> ModelState::blocking_core() const {
  const auto chosen = client ? *client : default_client();
  chosen.engine_->refuse_on_loop();
  return chosen.engine_->core;
}

}  // namespace headway::detail
