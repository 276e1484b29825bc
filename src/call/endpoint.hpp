#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <headway/options.hpp>

#include "base/header_list.hpp"
#include "net/url.hpp"

namespace headway::call {

/// Where a model's calls go: options and environment, checked and made ready to be sent.
class Endpoint {
 public:
  /// Throws Error (`configuration`): a base URL that is none, a header that HTTP cannot carry, or no key for a host that
  /// is not loopback.
  explicit Endpoint(const EndpointOptions& options);

  const net::Origin& origin() const { return origin_; }
  const std::string& api_key() const { return api_key_; }

  /// The request's target for an API path like "/v1/models". A base URL with a path of its own stands in for "/v1", as
  /// in OpenAI's SDKs; one without gets the path as it is.
  std::string target(std::string_view path) const;
  /// The headers of every request, with those of one request laid over them. `json_body`: with the body's Content-Type.
  /// Throws Error (`configuration`).
  std::shared_ptr<const HeaderList> headers(const Headers& extra, bool json_body = true) const;
  /// For people: host and target, without a query.
  std::string display(std::string_view target) const;

 private:
  net::Origin origin_;
  std::string base_path_;
  std::string api_key_;
  std::shared_ptr<const HeaderList> headers_;
  std::shared_ptr<const HeaderList> headers_without_body_;
};

}  // namespace headway::call
