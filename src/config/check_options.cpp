#include "config/check_options.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "config/provider.hpp"

namespace headway::config {
namespace {

[[noreturn]] void refuse(std::string message) {
  throw Error(ErrorKind::configuration, std::move(message));
}

void check_value(std::string_view name, double value, const Range& range) {
  if (const auto fault = fault_of(value, range); !fault.empty()) refuse(std::string(name) + fault);
}

void check_limits(const LimitOptions& limits) {
  check_value("limits.requests_per_minute", limits.requests_per_minute, limit_range);
  check_value("limits.tokens_per_minute", limits.tokens_per_minute, limit_range);
  check_value("limits.input_tokens_per_minute", limits.input_tokens_per_minute, limit_range);
  check_value("limits.output_tokens_per_minute", limits.output_tokens_per_minute, limit_range);
  check_value("limits.requests_per_day", limits.requests_per_day, limit_range);
  check_value("limits.tokens_per_day", limits.tokens_per_day, limit_range);
  check_value("limits.share", limits.share, share_range);
  check_value("limits.max_concurrency", static_cast<double>(limits.max_concurrency), concurrency_range);
}

void check_endpoints(const std::vector<RouteOptions>& endpoints, const EndpointOptions& besides) {
  if (endpoints.empty()) return;
  if (!besides.base_url.empty() || !besides.api_key.empty() || !besides.api_key_command.empty()) {
    refuse("both endpoints and a base_url or api_key are set; give each endpoint its own and leave the others empty");
  }
  for (const auto& endpoint : endpoints) config::check(endpoint);
}

}  // namespace

std::string fault_of(double value, const Range& range) {
  const bool enough = range.least_included ? value >= range.least : value > range.least;
  if (enough && value <= range.most) return {};
  return fmt::format(" is {}; it must be {} {} {} {}", value, range.least_included ? "from" : "above", range.least,
                     range.least_included ? "to" : "and at the most", range.most);
}

void check(const PriceOptions& prices) {
  if (prices.in) check_value("prices.in", *prices.in, price_range);
  if (prices.out) check_value("prices.out", *prices.out, price_range);
  if (prices.cached_in) check_value("prices.cached_in", *prices.cached_in, price_range);
  if (prices.file.empty() && prices.in.has_value() != prices.out.has_value()) {
    refuse(fmt::format("prices.{} is set and prices.{} is not; 0 is a price too", prices.in ? "in" : "out",
                       prices.in ? "out" : "in"));
  }
}

void check(const EndpointOptions& options) {
  provider_of(options.provider);
  check_limits(options.limits);
  check(options.prices);
}

void check(const RouteOptions& options) {
  check(static_cast<const EndpointOptions&>(options));
  check_value("weight", options.weight, weight_range);
}

void check(const ClientOptions& options) {
  check(static_cast<const EndpointOptions&>(options));
  check_endpoints(options.endpoints, options);
  check_value("max_cost", options.max_cost, cost_cap_range);
  check_value("max_total_tokens", static_cast<double>(options.max_total_tokens), token_cap_range);
}

void check(const LanguageModelOptions& options) {
  check(static_cast<const EndpointOptions&>(options));
  check_endpoints(options.endpoints, options);
}

}  // namespace headway::config
