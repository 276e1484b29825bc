#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <headway/outcome.hpp>

namespace headway::net {

/// Where connections go: all requests of one origin share their connections.
struct Origin {
  Origin() {}
  Origin(bool tls_, std::string host_, std::uint16_t port_) : tls(tls_), host(std::move(host_)), port(port_) {}

  bool tls = true;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;

  auto operator<=>(const Origin&) const = default;

  /// As it stands in a Host header: the port only if it is not the scheme's own, IPv6 in brackets.
  std::string authority() const;
  /// Host and port, always both: for CONNECT and for people.
  std::string host_and_port() const;
  /// "localhost", names below it, 127.0.0.0/8 and ::1.
  bool is_loopback() const;
};

struct Url {
  Url() {}

  Origin origin;
  std::string path;       ///< path and query as they are sent; no slash at the end; may be empty
  std::string user_info;  ///< "user:password", decoded; empty if there is none
};

/// An http or https URL, or an Error of kind `configuration` that says what is wrong with it. The error does not repeat
/// the URL: it may hold a password.
Outcome<Url> parse_url(std::string_view text);

}  // namespace headway::net
