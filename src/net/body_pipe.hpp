#pragma once

#include <optional>
#include <string>

#include "net/exchange.hpp"

namespace headway::net {

/// Takes the body of one answer from its connection to its exchange, whole or in pieces.
class BodyPipe {
 public:
  /// The head has come.
  void start(Exchange& exchange, const ReplyHead& head);
  bool started() const { return started_; }
  /// More of the body has come: it is taken out of `body`, or left there to grow where it is wanted whole. The exchange
  /// may be cancelled inside.
  void pass_on(Exchange& exchange, std::string& body);

 private:
  bool started_ = false;
  bool in_pieces_ = false;
};

}  // namespace headway::net
