#pragma once

#include <cstddef>
#include <exception>
#include <optional>

#include <headway/async_stream.hpp>

#include "question.hpp"
#include "task.hpp"

namespace headway::python {

/// One streamed answer. Its letters are StreamChunks, and then End or an Error. A few chunks are written ahead of their
/// reader; past that, the connection is not read.
class StreamTask final : public Task {
 public:
  StreamTask(std::weak_ptr<boost::asio::io_context> loop, Address reader);

  /// Once, from any thread.
  void start(const AnyModel& model, Question question);

 private:
  void pull();
  void came(const std::exception_ptr& error, std::optional<StreamChunk> chunk);
  void cancel_now() override;
  void taken_now(std::size_t letters) override;

  std::optional<AsyncStream> stream_;  // none once it is over
  std::size_t unread_ = 0;
  bool pulling_ = false;
};

}  // namespace headway::python
