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
  unpacking_ = std::make_unique<Unpacking>(limits);
  return unpacking_->decompressor.begin(encoding);
}

std::optional<Failure> BodyPipe::pass_on(Exchange& exchange, std::string& body) {
  if (body.empty()) return std::nullopt;
  std::optional<Failure> failure;
  if (unpacking_) failure = unpacking_->decompressor.feed(std::exchange(body, {}), unpacking_->unpacked);
  if (!in_pieces_) {
    auto excess = share_.hold(unpacking_ ? unpacking_->unpacked.size() : body.size());
    return failure ? failure : excess;
  }
  const auto piece = std::exchange(unpacking_ ? unpacking_->unpacked : body, {});
  if (!piece.empty()) exchange.received(piece);
  return failure;
}

std::optional<Failure> BodyPipe::finish(std::string& body) {
  if (!unpacking_) return std::nullopt;
  body = std::exchange(unpacking_->unpacked, {});
  return unpacking_->decompressor.finish();
}

}  // namespace headway::net
