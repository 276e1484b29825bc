#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include <headway/stream_chunk.hpp>
#include <headway/stream_summary.hpp>

namespace headway {

namespace detail {
class StreamReader;
}  // namespace detail

/// One streamed answer as a range that can be gone through once. Waiting for a chunk blocks the thread.
///
///     for (const auto& chunk : llm.stream(prompt)) std::cout << chunk.text << std::flush;
///
/// The call starts with begin(), which waits for the first chunk, as ++ does for the next. Both throw Error; of kind
/// `configuration`, rather than wait for ever, on the client's own loop thread. Retries, `timeout` and slow readers: see
/// AsyncStream. Leaving the loop early, by `break` or an exception, destroys the range and cancels the call down to its
/// socket.
///
/// Thread safety: none, but it may be used on one thread after another. It keeps its client alive.
class Stream {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = StreamChunk;
    using difference_type = std::ptrdiff_t;

    iterator() = default;

    /// Valid until ++.
    const StreamChunk& operator*() const;
    const StreamChunk* operator->() const { return &**this; }
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const;

   private:
    friend class Stream;
    explicit iterator(detail::StreamReader& reader) : reader_(&reader) {}

    detail::StreamReader* reader_ = nullptr;
  };

  explicit Stream(std::shared_ptr<detail::StreamReader> reader) : reader_(std::move(reader)) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) noexcept = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() = default;

  /// Iterators are valid as long as the stream, and as what it was moved to. Called again, it goes on where the last
  /// iterator stood.
  iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

  /// What is known of the whole answer; unset until its end was reached without an error.
  std::optional<StreamSummary> summary() const;

 private:
  std::shared_ptr<detail::StreamReader> reader_;
};

}  // namespace headway
