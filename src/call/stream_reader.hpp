#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include <headway/async_stream.hpp>
#include <headway/detail/start.hpp>

#include "call/model_state.hpp"
#include "call/stream_call.hpp"

namespace headway::detail {

/// The reader's side of a streamed answer: takes batches of chunks off the call's loop, and gives them out one by one.
/// Used by one thread at a time, whichever it is.
class StreamReader : public std::enable_shared_from_this<StreamReader> {
 public:
  using Batch = call::StreamCall::Batch;
  /// May throw Error.
  using MakeCall = std::function<std::shared_ptr<call::StreamCall>(const std::shared_ptr<call::Core>&)>;

  StreamReader(std::shared_ptr<const ModelState> model, MakeCall make_call);

  /// What Stream and AsyncStream hold: with its last copy the reader has left, and the call is cancelled. What is under
  /// way goes on to hold the reader itself.
  static std::shared_ptr<StreamReader> handle(std::shared_ptr<const ModelState> model, MakeCall make_call);

  /// Whether next() has nothing to say before the next batch has come.
  bool must_wait() const { return taken_ == batch_.size() && !ended_ && !failure_; }
  /// The next chunk; nothing at the end. Throws the Error that the call ended with. must_wait() must be false.
  std::optional<StreamChunk> next();

  /// Starts the call, if it was not; if it cannot be started, next() says why.
  void start(const std::shared_ptr<call::Core>& core);
  /// Asks for the next batch, which must be given to store(). The call must have been started.
  void pull(outcome_handler<Batch> handler);
  void store(Outcome<Batch> batch);
  void wait();

  /// Ends the call if it has not ended.
  void cancel();

  /// Nothing before next() has told the end.
  std::optional<StreamSummary> summary() const;

  const ModelState& model() const { return *model_; }
  const std::shared_ptr<call::Core>& core() const { return core_; }
  /// Where Stream's iterators stand.
  std::optional<StreamChunk>& current() { return current_; }
  bool started() const { return make_call_ == nullptr; }

 private:
  std::shared_ptr<const ModelState> model_;
  MakeCall make_call_;  // until the start
  std::shared_ptr<call::Core> core_;
  std::shared_ptr<call::StreamCall> call_;
  Batch batch_;
  std::size_t taken_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
  std::optional<StreamChunk> current_;
};

}  // namespace headway::detail
