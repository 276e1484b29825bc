#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <headway/config.hpp>

#include "command.hpp"
#include "config/environment.hpp"
#include "config/price_table.hpp"
#include "job/run/prepare.hpp"

namespace headway::cli {
namespace {

std::string text_of(const LimitOptions& limits) {
  std::string text;
  const auto add = [&](double value, std::string_view unit) {
    if (value > 0) text += fmt::format("{}{:.15g} {}", text.empty() ? "" : ", ", value, unit);
  };
  add(limits.requests_per_minute, "requests a minute");
  add(limits.tokens_per_minute, "tokens a minute");
  add(limits.input_tokens_per_minute, "input tokens a minute");
  add(limits.output_tokens_per_minute, "output tokens a minute");
  add(limits.requests_per_day, "requests a day");
  add(limits.tokens_per_day, "tokens a day");
  add(static_cast<double>(limits.max_concurrency), "calls at once");
  if (text.empty()) text = "learned from the provider";
  if (limits.share < 1) text += fmt::format("; {:.4g}% of them", limits.share * 100);
  return text;
}

std::string text_of(const std::optional<Prices>& prices) {
  constexpr double million = 1e6;
  if (!prices) return "not known";
  const auto& price = prices->standard;
  return fmt::format("${:.6g} in, ${:.6g} in the cache, ${:.6g} out, a million tokens ({})",
                     price.in.dollars() * million, price.cached_in.dollars() * million, price.out.dollars() * million,
                     prices->source);
}

void print(const RouteOptions& given) {
  const auto endpoint = config::with_environment(given);
  const auto query = endpoint.base_url.find('?');  // there may be a key in it
  fmt::print("{}{}{}\n", endpoint.base_url.substr(0, query), query == std::string::npos ? "" : "?...",
             given.fallback ? " (fallback)" : "");
  fmt::print("  model   {}\n", given.model.empty() ? "as the call says" : given.model);
  fmt::print("  key     {}\n", !endpoint.api_key_command.empty() ? "by a command"
                               : endpoint.api_key.empty()        ? "none"
                                                                 : "set");
  fmt::print("  weight  {:.6g}\n", given.weight);
  fmt::print("  limits  {}\n", text_of(given.limits));
  fmt::print("  price   {}\n", text_of(config::prices_of(given, given.model)));
}

void show(const std::string& file) {
  const auto options = read_config(file);
  auto endpoints = options.endpoints;
  if (endpoints.empty()) endpoints.resize(1);
  for (const auto& endpoint : endpoints) print(endpoint);
  job::check_endpoints(options);
  if (options.max_cost > 0) fmt::print("max_cost: ${:.6g}\n", options.max_cost);
  if (options.max_total_tokens > 0) fmt::print("max_total_tokens: {}\n", options.max_total_tokens);
}

}  // namespace

void add_config(CLI::App& program) {
  auto* command = program.add_subcommand("config", "Check a headway.toml and show its endpoints; nothing is sent");
  const auto file = std::make_shared<std::string>("headway.toml");
  command->add_option("file", *file, "The file")->type_name("FILE")->envname("HEADWAY_CONFIG")->capture_default_str();
  command->callback([file] { show(*file); });
}

}  // namespace headway::cli
