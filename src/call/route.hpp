#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "call/endpoint.hpp"
#include "net/message.hpp"

namespace headway::call {

/// One of the places where a call may go.
struct Route {
  Route() {}

  std::shared_ptr<const Endpoint> endpoint;
  std::shared_ptr<const net::RequestHead> head;  ///< of requests there
  std::string model;                             ///< its name there; empty: the one that the call has
  double weight = 1;                             ///< how many calls it gets, compared with the others
  bool fallback = false;                         ///< gets calls only where no other takes any

  /// What the model that a call asks for is called there.
  const std::string& name_of(const std::string& asked) const { return model.empty() ? asked : model; }
};

/// At least one.
using Routes = std::vector<Route>;

/// One for each of `several`, or else that to `one`; without heads. Throws Error (`configuration`) as Endpoint does.
Routes routes_of(const EndpointOptions& one, const std::vector<RouteOptions>& several);

/// The routes with the heads of requests to an API path, as Endpoint::head makes them.
std::shared_ptr<const Routes> with_heads(Routes routes, const std::string& method, std::string_view path,
                                         const Headers& extra, bool has_body);

}  // namespace headway::call
