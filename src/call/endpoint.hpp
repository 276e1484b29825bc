#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <headway/options.hpp>

#include "base/header_list.hpp"
#include "call/fresh_heads.hpp"
#include "call/key_source.hpp"
#include "config/environment.hpp"
#include "config/provider.hpp"
#include "net/message.hpp"
#include "wire/dialect.hpp"

namespace headway::call {

/// Where a model's calls go: options and environment, checked and made ready to be sent.
class Endpoint {
 public:
  /// Throws Error (`configuration`): a base URL that is none, a header that HTTP cannot carry, or no key, nor a
  /// header with one, for a host that is not loopback.
  explicit Endpoint(const EndpointOptions& options) : Endpoint(Complete{config::with_environment(options)}) {}
  /// One of several.
  explicit Endpoint(const RouteOptions& options);

  const net::Origin& origin() const { return origin_; }
  /// Or else what the first header holds that carries a key; empty: there is none.
  std::string api_key() const { return keys_ ? keys_->key() : api_key_; }
  /// Why there is no key that still holds; empty: there is, or it does not end.
  std::string key_trouble() const { return keys_ ? keys_->trouble() : std::string(); }
  const LimitOptions& limits() const { return limits_; }
  const PriceOptions& prices() const { return prices_; }
  /// Null: it speaks OpenAI's words.
  const wire::Dialect* dialect() const { return dialect_; }
  /// Azure's older API has the model in its path, and does not look at the one in the body; empty: its API is another.
  const std::string& deployment() const { return deployment_; }
  /// The environment variable that its key is looked for in.
  std::string_view key_variable() const { return key_variable_; }
  /// Equal for endpoints that are the same place with the same key, limits and prices. Has the key in it: for memory only.
  std::string identity() const;

  /// What requests to an API path like "/v1/models" say before their body: `extra` is laid over the headers of every
  /// request. A base URL with a path of its own stands in for "/v1", as in OpenAI's SDKs, and so does the root, "/."; a
  /// host alone gets the path as it is. `has_body`: a JSON body. Throws Error (`configuration`).
  std::shared_ptr<const net::RequestHead> head(std::string method, std::string_view path, const Headers& extra,
                                               bool has_body) const;
  /// The head of a request that is sent now: with `path`, where what is asked stands in it (empty: it does not), and where the
  /// key is one that ends, with that of now. `own`: it is of one call alone, which has its headers from its caller, key
  /// and all. Throws Error (`configuration`).
  std::shared_ptr<const net::RequestHead> current(const std::shared_ptr<const net::RequestHead>& head,
                                                  std::string_view path, bool own) const;
  /// For people: host and target, without a query.
  std::string display(std::string_view target) const;

 private:
  struct Complete {
    EndpointOptions options;
  };
  explicit Endpoint(const Complete& complete);

  std::string target(std::string_view path) const;
  void set_key(const config::Provider& provider);

  net::Origin origin_;
  std::string base_path_;
  std::string query_;          // goes out with every request; empty: none
  bool adds_version_ = false;  // the base URL is a host alone, which gets paths as they are
  std::string api_key_;
  std::string key_command_;
  std::shared_ptr<KeySource> keys_;  // null: the key does not end
  std::shared_ptr<FreshHeads> fresh_heads_ = std::make_shared<FreshHeads>();
  HeaderList headers_;
  const wire::Dialect* dialect_ = nullptr;
  std::string_view key_variable_;
  std::string deployment_;
  LimitOptions limits_;
  PriceOptions prices_;
};

}  // namespace headway::call
