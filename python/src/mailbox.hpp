#pragma once

#include <semaphore.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <headway/openai_embeddings.hpp>
#include <headway/outcome.hpp>
#include <headway/response.hpp>
#include <headway/stream_chunk.hpp>
#include <headway/stream_summary.hpp>

#include "call/pass.hpp"
#include "job/record.hpp"

namespace headway::python {

/// One of a batch's calls has ended.
struct BatchItem {
  std::size_t index;
  Outcome<Response> outcome;
};
/// All of a batch's calls have ended.
using BatchEnd = std::vector<Outcome<Response>>;
/// The embeddings of all texts that were asked for together.
using EmbeddingsEnd = std::vector<Outcome<Embedding>>;
/// One of a table's rows has ended, or nothing more is sent for it.
struct RowLetter {
  std::size_t index;
  job::Record record;
  bool unfinished;   ///< for a reason that is not the row's own: it is to be asked again another time
  std::string stop;  ///< why no further row should be sent; empty: nothing is against it
};
/// No more comes: of a stream with what is known of it, else with nothing.
struct End {
  std::optional<StreamSummary> summary;
};

/// Of an answer that passes through: the next of its bytes.
struct PassBytes {
  std::string bytes;
};
/// An attempt is made again.
struct RetryNotice {
  ErrorInfo why;
  std::chrono::nanoseconds wait;
  int left_out;  ///< of the notices since the last one
};

/// A call has ended: CallEnd, with all that it views.
struct CallEndNotice {
  std::string operation, method, path, provider, model, host, tag;
  std::uint16_t port = 0;
  Usage usage;
  std::optional<double> cost;
  int attempts = 0;
  std::chrono::nanoseconds lasted{};
  std::chrono::system_clock::time_point at;
  std::string error;  ///< its kind; empty: it was answered well
  int status = 0;
  std::string request_id;      ///< of a failure
  std::uint64_t left_out = 0;  ///< of the notices since the last one
};

/// What the engine's thread has to say to Python.
using News = std::variant<Outcome<Response>, BatchItem, BatchEnd, StreamChunk, RowLetter, Error, End,
                          Outcome<RawResponse>, EmbeddingsEnd, call::PassHead, PassBytes, RetryNotice, CallEndNotice>;

/// Whether nothing comes after it.
inline bool is_last(const News& news) {
  return !std::holds_alternative<BatchItem>(news) && !std::holds_alternative<StreamChunk>(news) &&
         !std::holds_alternative<RowLetter>(news) && !std::holds_alternative<call::PassHead>(news) &&
         !std::holds_alternative<PassBytes>(news) && !std::holds_alternative<RetryNotice>(news) &&
         !std::holds_alternative<CallEndNotice>(news);
}

struct Letter {
  std::uint64_t number;  ///< of what was asked
  News news;
};

/// Where the engine's thread leaves what Python shall see. It touches no object of Python's. Thread-safe.
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(Mailbox&&) = delete;
  virtual ~Mailbox() = default;

  /// Whether the box was empty: then the reader must be woken, soon after.
  [[nodiscard]] bool put(std::uint64_t number, News news);
  virtual void wake() noexcept = 0;
  std::vector<Letter> take();

 private:
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

/// Read by an event loop, which watches its file descriptor.
class LoopMailbox final : public Mailbox {
 public:
  /// Throws std::system_error.
  LoopMailbox();
  ~LoopMailbox() override;

  int descriptor() const noexcept { return descriptor_; }
  /// The descriptor is readable no more, until the next letter comes to an empty box.
  void quieten() noexcept;
  void wake() noexcept override;

 private:
  int descriptor_;
};

/// Read by a thread that waits for it.
class ThreadMailbox final : public Mailbox {
 public:
  ThreadMailbox();
  ~ThreadMailbox() override;

  /// Whether there are letters; false after a signal, and on the main thread also now and then, for signals that came just
  /// before. Without the GIL.
  bool wait() noexcept;
  void wake() noexcept override;

 private:
  sem_t semaphore_;
};

/// Where one question's letters go.
struct Address {
  std::shared_ptr<Mailbox> mailbox;
  std::uint64_t number = 0;
};

}  // namespace headway::python
