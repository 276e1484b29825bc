#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headway/outcome.hpp>
#include <headway/stream_chunk.hpp>
#include <headway/stream_summary.hpp>

#include "call/call.hpp"
#include "call/completion.hpp"
#include "wire/stream_decoder.hpp"

namespace headway::call {

/// A call whose answer is handed over while it comes. Its chunks queue up until they are pulled, all at once; above a
/// bound the server has to wait. Once some have been pulled, the call is not sent again.
class StreamCall final : public Call {
 public:
  /// In the order they came; empty: the answer is whole, and no more will come.
  using Batch = std::vector<StreamChunk>;
  using Puller = Completion<Outcome<Batch>>;

  /// Bytes of memory that chunks may take up before the answer is held back.
  static constexpr std::size_t most_queued = std::size_t{64} << 10;

  StreamCall(std::shared_ptr<Core> core, CallRequest request) : Call(std::move(core), std::move(request)) {}

  /// The next batch, or the error that the call ended with, as soon as there is one. One at a time; on the loop.
  void pull(std::unique_ptr<Puller> puller);
  /// Nobody pulls any more: the call is cancelled. On the loop.
  void leave();

  /// Of an answer that was handed over whole; it changes no more.
  const StreamSummary& summary() const { return summary_; }

  void deliver() override;
  void forsake() override;

 private:
  bool wants_pieces(const net::ReplyHead& head) override;
  void received(std::string_view piece) override;
  std::optional<Error> accept(net::Reply& reply, Bill& bill) override;
  void priced(Money cost) override { summary_.cost = cost.dollars(); }
  std::optional<Error> accept_whole(net::Reply& reply, Bill& bill);
  void succeeded() override;
  void reject(Error error) override;
  void start_over() override;
  bool may_retry() const override { return !handed_over_; }

  void let_go_on();
  void look_at_chunks(std::size_t first);
  void take(const wire::Charge& charge);
  Outcome<Batch> next_batch();
  bool something_due() const { return !chunks_.empty() || over(); }

  std::optional<wire::StreamDecoder> decoder_;  // of an attempt whose head has come
  std::unique_ptr<Puller> puller_;
  Batch chunks_;
  std::optional<Error> error_;
  Bill bill_ = unknown_bill();
  StreamSummary summary_;
  std::size_t queued_ = 0;
  bool in_pieces_ = false;
  bool begun_ = false;  // a first chunk has come
  bool held_back_ = false;
  bool handed_over_ = false;
};

}  // namespace headway::call
