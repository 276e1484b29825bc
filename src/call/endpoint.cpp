#include "call/endpoint.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <headway/error.hpp>
#include <headway/version.hpp>

#include "config/provider.hpp"

namespace headway::call {
namespace {

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

bool is_token(char c) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         marks.find(c) != std::string_view::npos;
}

[[noreturn]] void refuse(std::string message) {
  throw Error(ErrorKind::configuration, std::move(message));
}

void check_header(const std::string& name, const std::string& value) {
  if (name.empty() || !std::ranges::all_of(name, is_token))
    refuse(fmt::format("'{}' is not the name of a header", name));
  if (std::ranges::any_of(value, is_control)) {
    refuse(fmt::format("the value of the header '{}' holds a line break or another control character", name));
  }
  for (const auto* own : {"Host", "Content-Length", "Transfer-Encoding", "Connection"}) {
    if (same_header_name(name, own)) refuse(fmt::format("the header '{}' is headway's to set", own));
  }
}

void set(HeaderList& headers, const std::string& name, const std::string& value) {
  check_header(name, value);
  headers.set(name, value);
}

// What one model sets must not be what another, made before it for the same place, had left open.
std::string text_of(const LimitOptions& limits) {
  if (limits == LimitOptions()) return {};
  return fmt::format("\nlimits {} {} {} {} {} {} {} {}", limits.requests_per_minute, limits.tokens_per_minute,
                     limits.input_tokens_per_minute, limits.output_tokens_per_minute, limits.requests_per_day,
                     limits.tokens_per_day, limits.share, limits.max_concurrency);
}

std::string text_of(const std::optional<double>& price) {
  return price ? fmt::format(" {}", *price) : " -";
}

std::string text_of(const PriceOptions& prices) {
  if (prices == PriceOptions()) return {};
  return "\nprices" + text_of(prices.in) + text_of(prices.out) + text_of(prices.cached_in) + '\n' + prices.file + '\n' +
         prices.name_in_file;
}

struct Base {
  std::string path;
  std::string query;
  bool adds_version = false;  // the host alone
};

/// Without the end of an API's whole address, as it is pasted from a provider's page. "/." is the host's root, which the host
/// alone is not.
Base base_of(std::string path) {
  Base base;
  if (const auto query = path.find('?'); query != std::string::npos) {
    base.query = path.substr(query + 1);
    path.resize(query);
  }
  while (path.ends_with('/')) path.pop_back();
  if (path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent")) {
    path.resize(path.rfind("/models/") == std::string::npos ? path.size() : path.rfind("/models/"));
  }
  for (const std::string_view end :
       {"/chat/completions", "/completions", "/embeddings", "/responses", "/messages", "/."}) {
    if (!path.ends_with(end)) continue;
    if (path.ends_with("/deployments" + std::string(end))) break;  // one of Azure's, of that name
    path.resize(path.size() - end.size());
    base.path = std::move(path);
    return base;
  }
  base.adds_version = path.empty();
  base.path = std::move(path);
  return base;
}

/// A resource's host alone stands for its newer API, which has no versions.
void take_azure(Base& base) {
  if (base.path.empty() || base.path == "/openai") base.path = "/openai/v1";
  base.adds_version = false;
}

/// The last word of ".../openai/deployments/NAME"; empty: it is another path.
std::string deployment_in(std::string_view path) {
  constexpr std::string_view before = "/openai/deployments/";
  const auto begin = path.find(before);
  if (begin == std::string_view::npos) return {};
  const auto name = path.substr(begin + before.size());
  return std::string(name.substr(0, name.find('/')));
}

}  // namespace

Endpoint::Endpoint(const RouteOptions& options)
    : Endpoint(Complete{static_cast<const EndpointOptions&>(config::with_environment(options))}) {}

Endpoint::Endpoint(const Complete& complete) {
  const auto& options = complete.options;
  const auto& provider = config::provider_of(options.provider);
  dialect_ = wire::dialect_of(provider.name);
  key_variable_ = provider.key_variable;
  if (options.base_url.empty()) refuse(fmt::format("{} is not set, and no base_url", provider.base_url_variable));
  auto url = net::parse_url(options.base_url);
  if (!url) refuse(fmt::format("the base URL is {}", url.error().info().message));
  if (!url->user_info.empty())
    refuse(fmt::format("the base URL has a user or password in it; give the key as {}", key_variable_));
  const auto credential = std::ranges::find_if(options.default_headers, [](const auto& header) {
    return is_credential(header.first) && !header.second.empty();
  });
  const bool has_key =
      !options.api_key.empty() || !options.api_key_command.empty() || credential != options.default_headers.end();
  if (!has_key && !url->origin.is_loopback()) {
    refuse(dialect_ || provider.key_header
               ? fmt::format("{} is not set", key_variable_)
               : "OPENAI_API_KEY is not set. Set it, or run './quickstart --serve' for a free local model.");
  }
  if (std::ranges::any_of(options.api_key, is_control)) {
    refuse(fmt::format("{} holds a line break or another control character; was it read from a file?", key_variable_));
  }
  if (!options.api_key_command.empty()) {
    if (!options.api_key.empty()) refuse("both an api_key and an api_key_command are set: give one");
    if (options.api_key_lasts < std::chrono::seconds(10)) refuse("api_key_lasts must be at least 10 s");
    key_command_ = options.api_key_command;
    keys_ = std::make_shared<KeySource>(key_command_, options.api_key_lasts);
  }
  origin_ = url->origin;
  auto base = base_of(std::move(url->path));
  if (provider.name == "azure") take_azure(base);
  base_path_ = base.path;
  if (provider.name == "azure") deployment_ = deployment_in(base_path_);
  query_ = base.query;
  adds_version_ = base.adds_version;
  api_key_ = options.api_key;
  if (api_key_.empty() && has_key && !keys_) api_key_ = credential->second.substr(credential->second.rfind(' ') + 1);
  limits_ = options.limits;
  prices_ = options.prices;

  set(headers_, "User-Agent", "headway/" HEADWAY_VERSION);
  set(headers_, "Accept", "application/json");
  const bool has_token = provider.key_header && credential != options.default_headers.end();  // in the key's place
  if (!api_key().empty() && (keys_ || !options.api_key.empty()) && !has_token) set_key(provider);
  if (dialect_ && !dialect_->version_header().first.empty()) {
    headers_.set(dialect_->version_header().first, dialect_->version_header().second);
  }
  if (!options.organization.empty()) set(headers_, "OpenAI-Organization", options.organization);
  if (!options.project.empty()) set(headers_, "OpenAI-Project", options.project);
  for (const auto& [name, value] : options.default_headers) set(headers_, name, value);
}

// A key that a command prints is a token, which all take as a bearer's.
void Endpoint::set_key(const config::Provider& provider) {
  if (dialect_ && !keys_) return set(headers_, std::string(dialect_->key_header()), api_key());
  if (provider.key_header && !keys_) return set(headers_, provider.key_header, api_key());
  set(headers_, "Authorization", "Bearer " + api_key());
}

std::string Endpoint::identity() const {
  auto text = std::string(key_variable_) + '\n' + origin_.host_and_port() + base_path_ + '?' + query_ +
              (adds_version_ ? "" : "#") + '\n' + api_key_;
  for (const auto* name :
       {"Authorization", "api-key", "x-api-key", "x-goog-api-key", "OpenAI-Organization", "OpenAI-Project"}) {
    if (!keys_ || !same_header_name(name, "Authorization")) text.append("\n").append(headers_.value(name));
  }
  return text + '\n' + key_command_ + text_of(limits_) + text_of(prices_);
}

std::string Endpoint::target(std::string_view path) const {
  if (!path.starts_with('/') || std::ranges::any_of(path, [](char c) { return is_control(c) || c == ' '; })) {
    refuse("a path must begin with '/' and hold no space or control character");
  }
  const auto version = dialect_ ? dialect_->version() : "/v1";
  const bool has_version = path.starts_with(version) && path.substr(version.size()).starts_with('/');
  if (!adds_version_ && has_version) path.remove_prefix(version.size());
  auto target = base_path_ + std::string(path);
  if (!query_.empty()) target += (target.find('?') == std::string::npos ? '?' : '&') + query_;
  return target;
}

std::shared_ptr<const net::RequestHead> Endpoint::head(std::string method, std::string_view path, const Headers& extra,
                                                       bool has_body) const {
  auto head = std::make_shared<net::RequestHead>();
  head->origin = origin_;
  head->method = std::move(method);
  head->target = target(dialect_ ? dialect_->path_of(path) : path);
  head->headers = headers_;
  for (const auto& [name, value] : extra) set(head->headers, name, value);
  if (has_body && !head->headers.find("Content-Type")) set(head->headers, "Content-Type", "application/json");
  return head;
}

std::shared_ptr<const net::RequestHead> Endpoint::current(const std::shared_ptr<const net::RequestHead>& head,
                                                          std::string_view path, bool own) const {
  const bool fresh_key = keys_ && !own;
  if (path.empty() && !fresh_key) return head;
  auto aim = path.empty() ? head->target : target(path);
  if (!own) return fresh_heads_->of(head, aim, fresh_key ? "Bearer " + keys_->key() : std::string());
  auto aimed = std::make_shared<net::RequestHead>(*head);
  aimed->target = std::move(aim);
  return aimed;
}

std::string Endpoint::display(std::string_view target) const {
  return origin_.authority() + std::string(target.substr(0, target.find('?')));
}

}  // namespace headway::call
