#include "call/flights.hpp"

#include <string_view>

#include <fmt/format.h>

#include "call/request.hpp"

namespace headway::call {
namespace {

/// With its length before it, so that no two lists of parts look the same.
void add(std::string& key, std::string_view part) {
  key += fmt::format("{}:", part.size());
  key += part;
}

}  // namespace

std::string Flights::key(const CallRequest& request) {
  std::string key;
  for (const auto& route : *request.routes) {
    add(key, route.endpoint->identity());
    add(key, route.head->method);
    add(key, route.head->target);
    add(key, route.model);
    for (const auto& [name, value] : route.head->headers) {
      add(key, name);
      add(key, value);
    }
  }
  const auto& times = request.timeouts;
  const auto max_wait = request.max_wait ? request.max_wait->count() : -1;
  add(key, fmt::format("{} {} {}", times.total.count(), request.max_retries, max_wait));
  add(key, request.http.body);
  return key;
}

void Flights::erase(const std::string& key, const Call& flight) {
  const auto found = flights_.find(key);
  if (found != flights_.end() && found->second.lock().get() == &flight) flights_.erase(found);
}

std::shared_ptr<Call> Flights::find(const std::string& key) const {
  const auto found = flights_.find(key);
  return found == flights_.end() ? nullptr : found->second.lock();
}

}  // namespace headway::call
