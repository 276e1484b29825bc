#include "call/route.hpp"

#include <utility>

#include <headway/error.hpp>

#include "wire/utf8.hpp"

namespace headway::call {

Routes routes_of(const EndpointOptions& one, const std::vector<RouteOptions>& several) {
  Routes routes;
  for (const auto& options : several) {
    if (wire::invalid_utf8_at(options.model)) {
      throw Error(ErrorKind::configuration, "the model's name of an endpoint is not valid UTF-8");
    }
    Route route;
    route.endpoint = std::make_shared<const Endpoint>(options);
    route.model = options.model;
    route.weight = options.weight;
    route.fallback = options.fallback;
    routes.push_back(std::move(route));
  }
  if (!routes.empty()) return routes;
  Route only;
  only.endpoint = std::make_shared<const Endpoint>(one);
  routes.push_back(std::move(only));
  return routes;
}

std::shared_ptr<const Routes> with_heads(Routes routes, const std::string& method, std::string_view path,
                                         const Headers& extra, bool has_body) {
  for (auto& route : routes) route.head = route.endpoint->head(method, path, extra, has_body);
  return std::make_shared<const Routes>(std::move(routes));
}

}  // namespace headway::call
