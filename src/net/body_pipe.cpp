#include "net/body_pipe.hpp"

#include <utility>

namespace headway::net {

void BodyPipe::start(Exchange& exchange, const ReplyHead& head) {
  started_ = true;
  in_pieces_ = exchange.wants_pieces(head);
}

void BodyPipe::pass_on(Exchange& exchange, std::string& body) {
  if (!in_pieces_ || body.empty()) return;
  const auto piece = std::exchange(body, {});
  exchange.received(piece);
}

}  // namespace headway::net
