#include <headway/config.hpp>

#include <optional>

#include "config/assign.hpp"
#include "config/endpoint_reader.hpp"
#include "config/section.hpp"

namespace headway {
namespace {

using config::assign;
using config::Range;
using config::Section;

std::optional<HttpVersion> http_version(Section& section) {
  const auto name = section.text("http");
  if (!name) return std::nullopt;
  if (*name == "auto") return HttpVersion::automatic;
  if (*name == "1.1") return HttpVersion::http_1_1;
  if (*name == "2") return HttpVersion::http_2;
  section.refuse(section.line_of("http"), "http must be \"auto\", \"1.1\" or \"2\"");
}

void read_client(Section& section, ClientOptions& options) {
  constexpr Range connections{0, 1e6};
  assign(options.http, http_version(section));
  assign(options.max_retries, section.whole_number("max_retries", Range{0, 1000}));
  assign(options.single_flight, section.flag("single_flight"));
  assign(options.max_connections, section.whole_number("max_connections", connections));
  assign(options.max_connecting, section.whole_number("max_connecting", connections));
  assign(options.max_response_bytes, section.whole_number("max_response_bytes", Range{0, 1e15}));
  assign(options.keep_alive, section.seconds("keep_alive"));
  assign(options.max_cost, section.number("max_cost", config::cost_cap_range));
  assign(options.max_total_tokens, section.whole_number("max_total_tokens", config::token_cap_range));
  assign(options.ca_file, section.path("ca_file"));
  assign(options.proxy, section.url("proxy"));
}

void read_timeouts(const std::filesystem::path& file, const config::TomlTable& table, Timeouts& timeouts) {
  Section section(file, table);
  assign(timeouts.connect, section.seconds("connect"));
  assign(timeouts.first_byte, section.seconds("first_byte"));
  assign(timeouts.idle, section.seconds("idle"));
  assign(timeouts.total, section.seconds("total"));
  section.refuse_other_keys();
}

}  // namespace

ClientOptions read_config(const std::filesystem::path& file) {
  const auto toml = config::read_toml(file);
  Section section(file, toml);
  ClientOptions options;
  read_client(section, options);
  if (const auto* timeouts = section.table("timeouts")) read_timeouts(file, *timeouts, options.timeouts);
  config::FileDefaults defaults;
  assign(defaults.prices, section.path("prices"));
  defaults.cost_capped = options.max_cost > 0;
  const auto* endpoints = section.tables("endpoints");
  section.refuse_other_keys();
  if (!endpoints) return options;
  for (const auto& endpoint : *endpoints) options.endpoints.push_back(config::read_endpoint(file, endpoint, defaults));
  return options;
}

}  // namespace headway
