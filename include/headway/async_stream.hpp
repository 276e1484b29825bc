#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <headway/awaitable.hpp>
#include <headway/stream_chunk.hpp>
#include <headway/stream_summary.hpp>

namespace headway {

namespace detail {

class StreamReader;
using NextHandler = boost::asio::any_completion_handler<void(std::exception_ptr, std::optional<StreamChunk>)>;

/// `where`: the handler's executor if it can be posted to; empty if it has none, or one that cannot.
void start_next(StreamReader& reader, boost::asio::any_io_executor where, NextHandler handler);

template <class Handler>
boost::asio::any_io_executor executor_of(const Handler& handler) {
  using Executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
  if constexpr (std::is_convertible_v<Executor, boost::asio::any_io_executor>) {
    return boost::asio::get_associated_executor(handler, boost::asio::any_io_executor());
  } else {
    return {};
  }
}

}  // namespace detail

/// One streamed answer, for programs that wait for many things at once. No thread is held while it waits, so thousands
/// of them may be under way.
///
///     auto stream = llm.astream(prompt);
///     while (auto chunk = co_await stream.next()) std::cout << chunk->text << std::flush;
///
/// The call starts with the first next(). Up to then, and until the first chunk has been given, it is sent again after
/// a failure as any call; after that a failure is thrown, and what came before it has been given. `timeout` is for all
/// of an attempt, so a stream that is read slowly needs one that is long enough.
///
/// A slow reader slows down its own stream only: about 128 KB of chunks wait for it in memory, then the server must.
///
/// Leaving early, by destroying it, cancels the call down to its socket. Chunks own what they show, and may be kept.
/// Thread safety: none; use it on one executor at a time, as any object of Asio. It keeps its client alive. If the client
/// is on the caller's own loop, it may be destroyed after that loop, but not used.
class AsyncStream {
 public:
  explicit AsyncStream(std::shared_ptr<detail::StreamReader> reader) : reader_(std::move(reader)) {}
  AsyncStream(AsyncStream&&) noexcept = default;
  AsyncStream& operator=(AsyncStream&&) noexcept = default;
  AsyncStream(const AsyncStream&) = delete;
  AsyncStream& operator=(const AsyncStream&) = delete;
  ~AsyncStream() = default;

  /// The next chunk, or nothing once the answer is whole. Throws Error, and then again each time. Cancelled by the kind
  /// `terminal`, the whole stream ends, with `cancelled`. One at a time.
  awaitable<std::optional<StreamChunk>> next();

  /// The same for any Asio token: completes with `void(std::exception_ptr, std::optional<StreamChunk>)` on the token's
  /// executor, or on the client's loop if it has none.
  template <class CompletionToken>
  auto async_next(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr, std::optional<StreamChunk>)>(
        [reader = reader_](auto handler) {
          auto where = detail::executor_of(handler);
          detail::start_next(*reader, std::move(where), detail::NextHandler(std::move(handler)));
        },
        token);
  }

  /// Ends the stream, down to its socket: chunks that were not taken yet are dropped, and a next() that waits, and every
  /// later one, throws `cancelled`. Does nothing after the end.
  void cancel();

  /// What is known of the whole answer; unset until its end was reached without an error.
  std::optional<StreamSummary> summary() const;

 private:
  std::shared_ptr<detail::StreamReader> reader_;
};

}  // namespace headway
