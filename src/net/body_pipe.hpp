#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "net/answer_memory.hpp"
#include "net/decompressor.hpp"
#include "net/exchange.hpp"

namespace headway::net {

/// Takes the body of one answer from its connection to its exchange: unpacked, and whole or in pieces.
class BodyPipe {
 public:
  /// `max_body`: bytes that the body may unpack to; 0: no limit. What it keeps counts in `memory`, which must outlive it.
  BodyPipe(std::size_t max_body, AnswerMemory& memory) : max_body_(max_body), share_(memory) {}

  bool started() const { return started_; }
  /// The head has come.
  std::optional<Failure> start(Exchange& exchange, const ReplyHead& head);
  /// More of the body has come: it is taken out of `body`, or left there to grow where it is wanted whole and is not
  /// packed. The exchange may be cancelled inside.
  std::optional<Failure> pass_on(Exchange& exchange, std::string& body);
  /// The body is whole: `body` becomes what is wanted of it.
  std::optional<Failure> finish(std::string& body);

 private:
  struct Unpacking {
    explicit Unpacking(const DecompressionLimits& limits) : decompressor(limits) {}

    Decompressor decompressor;
    std::string unpacked;
  };

  std::size_t max_body_;
  AnswerMemory::Share share_;
  std::unique_ptr<Unpacking> unpacking_;  // null: the body is not packed
  bool started_ = false;
  bool in_pieces_ = false;
};

}  // namespace headway::net
