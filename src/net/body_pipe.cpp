#include "net/body_pipe.hpp"

#include <utility>

namespace headway::net {

std::optional<Failure> BodyPipe::start(Exchange& exchange, const ReplyHead& head) {
  started_ = true;
  in_pieces_ = exchange.wants_pieces(head);
  const auto encoding = head.headers.value("content-encoding");
  if (encoding.empty()) return std::nullopt;
  DecompressionLimits limits;
  limits.max_bytes = max_body_;
  decompressor_ = std::make_unique<Decompressor>(limits);
  return decompressor_->begin(encoding);
}

std::optional<Failure> BodyPipe::pass_on(Exchange& exchange, std::string& body) {
  if (body.empty()) return std::nullopt;
  std::optional<Failure> failure;
  if (decompressor_) failure = decompressor_->feed(std::exchange(body, {}), unpacked_);
  if (!in_pieces_) return failure;
  const auto piece = std::exchange(decompressor_ ? unpacked_ : body, {});
  if (!piece.empty()) exchange.received(piece);
  return failure;
}

std::optional<Failure> BodyPipe::finish(std::string& body) {
  if (!decompressor_) return std::nullopt;
  body = std::exchange(unpacked_, {});
  return decompressor_->finish();
}

}  // namespace headway::net
