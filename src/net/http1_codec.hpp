#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/message.hpp"

namespace headway::net {

/// The head of a request as HTTP/1.1 writes it, empty line included. The body follows as it is.
std::string http1_head(const Request& request);

/// Makes an answer out of the bytes of a connection, in whatever slices they come. A state machine without I/O.
class Http1Decoder {
 public:
  enum class State { head_or_body, done, failed };

  /// `max_body`: bytes of a body at the most; 0: no limit. Heads are limited to 64 KB.
  explicit Http1Decoder(std::size_t max_body);
  ~Http1Decoder();

  /// Starts over for the next answer.
  void reset();
  /// The next bytes. Interim answers (1xx) are passed over.
  State feed(std::string_view bytes);
  /// The peer closed. `clean`: it said so properly (FIN, and close_notify under TLS), so that an answer whose length
  /// nobody told may end here.
  State finish(bool clean);

  State state() const;
  /// The answer's head has come.
  bool has_head() const;
  /// What has come of the answer; its body may be taken out as it grows.
  Reply& reply();
  /// After `done`: the answer, moved out.
  Reply take_reply() { return std::move(reply()); }
  /// After `done`: the connection can take another request.
  bool reusable() const;
  /// After `failed`: why, as a Failure without a word of the answer.
  const Failure& failure() const;

 private:
  class Parser;

  State consume(std::string_view& bytes);
  State fail(ErrorKind kind, std::string detail);

  std::size_t max_body_;
  std::unique_ptr<Parser> parser_;
  std::string pending_;  // the part of a line that has not come whole yet
  std::unique_ptr<Failure> failure_;
  bool excess_ = false;
};

}  // namespace headway::net
