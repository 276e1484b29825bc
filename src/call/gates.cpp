#include "call/gates.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "call/pacing.hpp"
#include "call/request.hpp"
#include "config/price_table.hpp"

namespace headway::call {
namespace {

// Azure would answer with the model of its path, whatever the body asks for.
void check_deployment(const Endpoint& endpoint, const std::string& model) {
  const auto& deployment = endpoint.deployment();
  if (deployment.empty() || model.empty() || model == deployment) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("the model '{}' is asked for at an address of Azure's that is the deployment '{}': name that as the "
                  "model, or give another address",
                  model, deployment));
}

}  // namespace

Gate& Gates::of(const CallRequest& request, pace::Spend& spend, SharedLimits& limits) {
  if (request.routes == last_routes_ && request.model == last_model_) return *last_;
  GateKey keys;
  for (const auto& route : *request.routes) {
    check_deployment(*route.endpoint, route.name_of(request.model));
    keys.emplace_back(PaceKey(route.endpoint->identity(), route.name_of(request.model)), route.weight, route.fallback);
  }
  auto found = gates_.find(keys);
  if (found == gates_.end()) found = gates_.emplace(keys, make(*request.routes, keys, spend, limits)).first;
  last_routes_ = request.routes;
  last_model_ = request.model;
  last_ = found->second.get();
  return *last_;
}

std::shared_ptr<Gate> Gates::make(const Routes& routes, const GateKey& keys, pace::Spend& spend, SharedLimits& limits) {
  auto gate = std::make_shared<Gate>(executor_);
  std::vector<std::shared_ptr<Destination>> all;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto& key = std::get<PaceKey>(keys[i]);
    auto& destination = destinations_[key];
    if (!destination) {
      const auto& endpoint = *routes[i].endpoint;
      const auto& model = key.second;
      const auto account = spend.open(endpoint.origin().authority(), model,
                                      config::prices_of(endpoint.prices(), endpoint.origin().host, model));
      const auto options = pace_options(endpoint.limits(), endpoint.origin().is_loopback());
      destination = std::make_shared<Destination>(options, spend, account);
      limits.add(destination, std::chrono::steady_clock::now());
    }
    all.push_back(destination);
  }
  for (std::size_t i = 0; i < routes.size(); ++i) gate->add(std::move(all[i]), routes[i]);
  return gate;
}

void Gates::close() {
  for (const auto& [key, gate] : gates_) gate->close();
}

void Gates::clear() {
  last_routes_ = nullptr;
  const auto destinations = std::exchange(destinations_, {});
  const auto gates = std::exchange(gates_, {});
}

Gate* Gates::busiest() const {
  Gate* busiest = nullptr;
  for (const auto& [key, gate] : gates_) {
    if (!busiest || gate->waiting() > busiest->waiting()) busiest = gate.get();
  }
  return busiest;
}

std::size_t Gates::waiting() const {
  std::size_t all = 0;
  for (const auto& [key, gate] : gates_) all += gate->waiting();
  return all;
}

std::size_t Gates::told_to_wait() const {
  std::size_t all = 0;
  for (const auto& [key, gate] : gates_) all += gate->told_to_wait();
  return all;
}

}  // namespace headway::call
