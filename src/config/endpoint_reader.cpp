#include "config/endpoint_reader.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/header_list.hpp"
#include "config/assign.hpp"
#include "config/environment.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "config/section.hpp"

namespace headway::config {
namespace {

void read_limits(Section& section, LimitOptions& limits) {
  assign(limits.requests_per_minute, section.number("rpm", limit_range));
  assign(limits.tokens_per_minute, section.number("tpm", limit_range));
  assign(limits.input_tokens_per_minute, section.number("itpm", limit_range));
  assign(limits.output_tokens_per_minute, section.number("otpm", limit_range));
  assign(limits.requests_per_day, section.number("rpd", limit_range));
  assign(limits.tokens_per_day, section.number("tpd", limit_range));
  assign(limits.share, section.share("share"));
  assign(limits.max_concurrency, section.whole_number("max_concurrency", concurrency_range));
}

void read_prices(Section& section, PriceOptions& prices) {
  assign(prices.in, section.number("price_in", price_range));
  assign(prices.out, section.number("price_out", price_range));
  assign(prices.cached_in, section.number("price_cached_in", price_range));
  assign(prices.name_in_file, section.text("price_name"));
  assign(prices.file, section.path("prices"));
  if (!prices.file.empty() || prices.in.has_value() == prices.out.has_value()) return;
  const auto* missing = prices.in ? "price_out" : "price_in";
  const auto* given = prices.in ? "price_in" : "price_out";
  section.refuse(section.line_of(given), fmt::format("{} is set and {} is not; 0 is a price too", given, missing));
}

// At once, so that what is wrong with a price file is told with a line.
void check_prices(const Section& section, const RouteOptions& endpoint, bool cost_capped) {
  const auto& prices = endpoint.prices;
  std::optional<Prices> known;
  try {
    known = prices_of(endpoint, endpoint.model);
  } catch (const Error& error) {
    section.refuse(section.line_of("prices"), error.info().message);
  }
  if (known) return;
  if (!prices.name_in_file.empty()) {
    section.refuse(
        section.line_of("price_name"),
        prices.file.empty()
            ? "headway comes with no price of a model of this name; with its provider it is e.g. openai/gpt-4o"
            : "no model of this name has a price by token in the price file");
  }
  if (cost_capped && !endpoint.model.empty()) {
    section.refuse(section.line_of("model"),
                   fmt::format("max_cost is set, and the price of {} is not known: give price_in and price_out, or in "
                               "prices a file that has them",
                               endpoint.model));
  }
}

Headers read_headers(const std::filesystem::path& file, const TomlTable& table) {
  Section section(file, table);
  Headers headers;
  for (const auto& entry : table.entries) {
    if (is_credential(entry.key)) {
      section.refuse(entry.line, entry.key + ": a key itself may not stand in this file; see headers_env");
    }
    assign(headers[entry.key], section.text(entry.key));
  }
  return headers;
}

// Only what is surely this machine. Whoever uses the URL checks the rest of it.
bool is_local(std::string_view url) {
  const auto host = host_of(url);
  return host == "::1" || host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.");
}

// A name in capitals is shown in messages. Keys have small letters, or signs that no name has.
bool is_variable_name(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
}

void check_provider(const Section& section, const std::string& name) {
  try {
    provider_of(name);
  } catch (const Error& error) {
    section.refuse(section.line_of("provider"), error.info().message);
  }
}

/// Of an endpoint that names no variable. One that does not say its address either has both from the environment.
void check_key(const Section& section, const RouteOptions& endpoint) {
  const auto complete = with_environment(endpoint);
  if (!complete.api_key.empty() || is_local(complete.base_url)) return;
  section.refuse(
      section.line_of("base_url"),
      fmt::format(
          "this endpoint has no key: {}say in api_key_env which environment variable holds it",
          endpoint.base_url.empty() ? fmt::format("set {}, or ", provider_of(endpoint.provider).key_variable) : ""));
}

/// What the variable holds that `key` names.
std::string secret_in(const Section& section, const std::string& key, const std::string& variable) {
  const auto line = section.line_of(key);
  if (!is_variable_name(variable)) {
    section.refuse(line, key +
                             " must be the name of an environment variable, in capitals, like OPENAI_API_KEY; a key "
                             "itself may not stand in this file");
  }
  auto secret = environment(variable.c_str());
  if (secret.empty())
    section.refuse(line, fmt::format("the environment variable {} is not set, or is empty", variable));
  return secret;
}

/// Gives whether one of them carries a key.
bool read_secret_headers(const std::filesystem::path& file, const TomlTable& table, Headers& headers) {
  Section section(file, table);
  bool key = false;
  for (const auto& entry : table.entries) {
    if (const auto variable = section.text(entry.key)) headers[entry.key] = secret_in(section, entry.key, *variable);
    key = key || is_credential(entry.key);
  }
  return key;
}

}  // namespace

RouteOptions read_endpoint(const std::filesystem::path& file, const TomlTable& table, const FileDefaults& defaults) {
  Section section(file, table);
  RouteOptions endpoint;
  endpoint.prices.file = defaults.prices;
  assign(endpoint.provider, section.text("provider"));
  check_provider(section, endpoint.provider);
  assign(endpoint.base_url, section.url("base_url"));
  const auto variable = section.text("api_key_env");
  assign(endpoint.api_key_command, section.text("api_key_command"));
  assign(endpoint.api_key_lasts, section.whole_seconds("api_key_lasts", Range{10, 1e9}));
  assign(endpoint.model, section.text("model"));
  assign(endpoint.weight, section.number("weight", weight_range));
  assign(endpoint.fallback, section.flag("fallback"));
  assign(endpoint.organization, section.text("organization"));
  assign(endpoint.project, section.text("project"));
  if (const auto* headers = section.table("headers")) endpoint.default_headers = read_headers(file, *headers);
  const auto* secret_headers = section.table("headers_env");
  const bool has_key = secret_headers && read_secret_headers(file, *secret_headers, endpoint.default_headers);
  read_limits(section, endpoint.limits);
  read_prices(section, endpoint.prices);
  section.refuse_other_keys();
  check_prices(section, endpoint, defaults.cost_capped);
  if (!endpoint.api_key_command.empty()) {
    if (variable)
      section.refuse(section.line_of("api_key_command"), "api_key_command and api_key_env are both set: give one");
    endpoint = with_environment(std::move(endpoint));
  } else if (section.line_of("api_key_lasts") != table.line) {
    section.refuse(section.line_of("api_key_lasts"), "api_key_lasts is for an api_key_command");
  } else if (variable) {
    endpoint.api_key = secret_in(section, "api_key_env", *variable);
    endpoint = with_environment(std::move(endpoint));
  } else if (!has_key) {
    check_key(section, endpoint);
  }
  return endpoint;
}

}  // namespace headway::config
