#pragma once

#include <memory>
#include <string>

#include <headway/error.hpp>

#include "base/header_list.hpp"
#include "net/url.hpp"

namespace headway::net {

/// Where a request goes and what it says before its body. `Host` and `Content-Length` are not among its headers: the
/// connection writes them.
struct RequestHead {
  RequestHead() {}

  Origin origin;
  std::string method = "POST";
  std::string target;  ///< path and query, beginning with '/'
  HeaderList headers;
};

/// An HTTP request. Very many have the same head, so they share it.
struct Request {
  Request() {}

  std::shared_ptr<const RequestHead> head;  ///< never null
  std::string body;
};

/// What comes before an answer's body.
struct ReplyHead {
  ReplyHead() {}

  int status = 0;
  HeaderList headers;
};

/// A whole HTTP answer, whatever its status.
struct Reply : ReplyHead {
  Reply() {}

  std::string body;
};

/// Why there is no whole answer.
struct Failure {
  Failure(ErrorKind kind_, std::string detail_) : kind(kind_), detail(std::move(detail_)) {}

  ErrorKind kind;
  std::string detail;             ///< for people; has no byte of the request or the answer
  bool sent = false;              ///< the whole request was handed to the network, so the server may have acted on it
  bool unprocessed = false;       ///< the server cannot have acted on the request: sending it again costs nothing
  bool out_of_resources = false;  ///< this machine has no descriptor or port left
};

}  // namespace headway::net
