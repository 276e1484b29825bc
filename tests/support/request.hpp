#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "support/stream.hpp"

namespace headway::test {

/// An HTTP/1.1 request as a peer read it.
struct Request {
  std::string method;
  std::string target;                          ///< as sent: a path, or "host:port" for CONNECT
  std::map<std::string, std::string> headers;  ///< names in lower case; equal names joined by ", "
  std::string body;                            ///< chunks put together
  std::string server_name;                     ///< TLS: the SNI; empty if none
  bool resumed = false;                        ///< TLS: by the session of an earlier connection
  std::size_t connection = 0;                  ///< which connection of the peer, from 1
  std::size_t number = 0;                      ///< which request of the peer, from 1

  /// Empty if there is none. `name` in lower case.
  std::string header(const std::string& name) const;
};

/// What a client sent is not HTTP/1.1.
class MalformedRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The client left in the middle of a request, as it may.
class UnfinishedRequest : public std::runtime_error {
 public:
  UnfinishedRequest() : std::runtime_error("the client left in the middle of a request") {}
};

/// Reads requests one after another, and keeps what came too much.
class RequestReader {
 public:
  explicit RequestReader(Stream& stream) : stream_(stream) {}

  /// nullopt if the client closed between requests, or at the stop. Throws MalformedRequest and
  /// UnfinishedRequest.
  std::optional<Request> next();
  /// What was read beyond the last request.
  std::string take_rest() { return std::exchange(buffer_, {}); }

 private:
  bool fill();
  void fill_to(std::size_t size);
  std::string line();
  std::string bytes(std::size_t size);
  Request head();
  void read_fields(Request& request);
  std::string chunked_body();

  Stream& stream_;
  std::string buffer_;
};

}  // namespace headway::test
