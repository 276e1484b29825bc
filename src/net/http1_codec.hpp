#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/message.hpp"

namespace headway::net {

/// The head of a request as HTTP/1.1 writes it, empty line included. The body follows as it is.
std::string http1_head(const Request& request);

/// Makes an answer out of the bytes of a connection, in whatever slices they come: each is looked at once. A state machine
/// without I/O. It takes what RFC 9112 lets a client take; where an answer's length is told twice, chunks win.
class Http1Decoder {
 public:
  enum class State { head_or_body, done, failed };

  /// `max_body`: bytes of a body at the most; 0: no limit. Heads, interim ones with them, are limited to 64 KB, and so is
  /// what stands beside the body, as chunk extensions and trailers do, beyond the body's own size.
  explicit Http1Decoder(std::size_t max_body) : max_body_(max_body) {}

  /// Starts over for the next answer. `to_head`: to a request by HEAD, which has no body, whatever length it tells.
  void reset(bool to_head = false) {
    *this = Http1Decoder(max_body_);
    to_head_ = to_head;
  }
  /// The next bytes. Interim answers (1xx) are passed over.
  State feed(std::string_view bytes);
  /// The peer closed. `clean`: it said so properly (FIN, and close_notify under TLS), so that an answer whose length
  /// nobody told may end here.
  State finish(bool clean);

  State state() const;
  /// Some of the answer itself has come, not only interim ones.
  bool has_begun() const { return has_head_ || part_ != Part::status_line || !line_.empty(); }
  /// The answer's head has come.
  bool has_head() const { return has_head_; }
  /// What has come of the answer; its body may be taken out as it grows.
  Reply& reply() { return reply_; }
  /// After `done`: the answer, moved out.
  Reply take_reply() { return std::move(reply_); }
  /// After `done`: the connection can take another request.
  bool reusable() const { return keep_alive_ && !excess_; }
  /// After `failed`: why, as a Failure without a word of the answer.
  const Failure& failure() const { return *failure_; }

 private:
  enum class Part { status_line, head, body, body_to_close, chunk_size, chunk, chunk_end, trailers, done };

  bool is_in_body() const { return part_ == Part::body || part_ == Part::body_to_close || part_ == Part::chunk; }
  void take_line(std::string_view& bytes);
  void take_body(std::string_view& bytes);
  void on_line(std::string_view line);
  void on_status_line(std::string_view line);
  void on_head_line(std::string_view line);
  void on_field(std::string_view line);
  void on_transfer_encoding(std::string_view value);
  void on_connection(std::string_view value);
  bool may_stay_open() const;
  void on_head_end();
  void on_chunk_size(std::string_view line);
  void begin_body(std::uint64_t size, Part part);
  void too_large();
  State fail(ErrorKind kind, std::string detail);
  void not_http(std::string_view why);

  std::size_t max_body_;
  Part part_ = Part::status_line;
  Reply reply_;
  std::string line_;        // what has come of a line
  std::string field_;       // the last field, which the next line may go on with
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t body_size_ = 0;
  std::size_t beside_body_ = 0;
  int interims_ = 0;
  std::optional<std::uint64_t> length_;
  std::unique_ptr<Failure> failure_;
  bool to_head_ = false;
  bool interim_ = false;
  bool has_head_ = false;
  bool chunked_ = false;
  bool has_coding_ = false;  // chunks or another, other than "identity"
  bool is_1_1_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool keep_alive_ = false;
  bool excess_ = false;
};

}  // namespace headway::net
