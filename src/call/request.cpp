#include "call/request.hpp"

#include <algorithm>
#include <utility>

#include <headway/error.hpp>

namespace headway::call {

namespace {

// Clocks count nanoseconds: a limit of milliseconds::max() must not run over.
std::chrono::milliseconds bounded(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds ten_years = std::chrono::hours(24 * 3653);
  return std::min(limit, ten_years);
}

}  // namespace

CallRequest make_request(const ClientOptions& client, std::shared_ptr<const Routes> routes, std::string body,
                         const RequestOptions& options) {
  if (options.timeout.value_or(client.timeouts.total).count() < 0 ||
      options.deadline.value_or(std::chrono::milliseconds(0)).count() < 0 ||
      options.max_wait.value_or(std::chrono::milliseconds(0)).count() < 0) {
    throw Error(ErrorKind::configuration, "a timeout, deadline or max_wait is negative");
  }
  if (options.max_retries.value_or(0) < 0)
    throw Error(ErrorKind::configuration, "max_retries is negative; 0 means never");

  CallRequest request;
  request.http.head = routes->front().head;
  request.demand.prompt_bytes = body.size();
  request.http.body = std::move(body);
  request.routes = std::move(routes);
  request.timeouts = client.timeouts;
  if (options.timeout) request.timeouts.total = *options.timeout;
  request.deadline = options.deadline;
  request.max_wait = options.max_wait;
  request.single_flight = options.single_flight.value_or(client.single_flight);
  request.has_own_headers = !options.headers.empty();
  auto& limits = request.timeouts;
  for (auto* limit : {&limits.connect, &limits.first_byte, &limits.idle, &limits.total}) *limit = bounded(*limit);
  if (request.deadline) *request.deadline = bounded(*request.deadline);
  if (request.max_wait) *request.max_wait = bounded(*request.max_wait);
  request.max_retries = options.max_retries.value_or(client.max_retries);
  return request;
}

}  // namespace headway::call
