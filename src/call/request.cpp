#include "call/request.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <headway/error.hpp>

#include "wire/encode.hpp"

namespace headway::call {

namespace {

// Clocks count nanoseconds: a limit of milliseconds::max() must not run over.
std::chrono::milliseconds bounded(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds ten_years = std::chrono::hours(24 * 3653);
  return std::min(limit, ten_years);
}

}  // namespace

void CallRequest::take(std::size_t index, bool first) {
  const auto& taken = (*routes)[index];
  if (!first && index == route) return;
  route = index;
  http.head = taken.head;
  if (const auto asked = std::exchange(chat, nullptr)) http.body = *asked;
  const bool other_names = routes->size() > 1 || !taken.model.empty();
  if (other_names && !model.empty()) {
    http.body = wire::with_model(http.body, model_there());
  }
  std::string path;
  if (const auto* words = dialect()) {
    auto question = words->question_of(http.body);
    auto asked = std::exchange(http.body, std::move(question.body));
    const bool other_ways = routes->size() > 1;  // which may speak otherwise
    if (other_ways) chat = std::make_shared<const std::string>(std::move(asked));
    path = std::move(question.path);
  }
  http.head = taken.endpoint->current(taken.head, path, has_own_headers);
}

bool CallRequest::suit(const wire::Quirks& quirks) {
  constexpr std::string_view old_name = "max_tokens", new_name = "max_completion_tokens";
  auto& body = http.body;
  bool changed = false;
  if (quirks.max_completion_tokens != suited.max_completion_tokens) {
    const auto from = suited.max_completion_tokens ? new_name : old_name;
    const auto to = suited.max_completion_tokens ? old_name : new_name;
    if (auto renamed = wire::renamed_field(body, from, to)) {
      body = *std::move(renamed);
      suited.max_completion_tokens = quirks.max_completion_tokens;
      changed = true;
    }
  }
  if (quirks.no_temperature && !suited.no_temperature && default_temperature) {
    suited.no_temperature = true;
    if (auto without = wire::without_field(body, "temperature")) body = *std::move(without), changed = true;
  }
  return changed;
}

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
  request.tag = options.tag;
  request.has_own_headers = !options.headers.empty();
  auto& limits = request.timeouts;
  for (auto* limit : {&limits.connect, &limits.first_byte, &limits.idle, &limits.total}) *limit = bounded(*limit);
  if (request.deadline) *request.deadline = bounded(*request.deadline);
  if (request.max_wait) *request.max_wait = bounded(*request.max_wait);
  request.max_retries = options.max_retries.value_or(client.max_retries);
  return request;
}

}  // namespace headway::call
