#include "stream.hpp"

#include <utility>

#include <headway/error.hpp>

namespace headway::python {
namespace {

constexpr std::size_t written_ahead = 256;

}  // namespace

StreamTask::StreamTask(std::weak_ptr<boost::asio::io_context> loop, Address reader)
    : Task(std::move(loop), std::move(reader), written_ahead / 2) {}

void StreamTask::start(const AnyModel& model, Question question) {
  ask(model, std::move(question), [&](const auto& llm, auto prompt, CallOptions options) {
    stream_.emplace(llm.astream(std::move(prompt), std::move(options)));
  });
  on_loop([](Task& task) { static_cast<StreamTask&>(task).pull(); });
}

void StreamTask::pull() {
  if (!stream_ || pulling_ || unread_ >= written_ahead) return;
  pulling_ = true;
  stream_->async_next(
      [self = shared_from_this(), this](const std::exception_ptr& error, std::optional<StreamChunk> chunk) {
        pulling_ = false;
        came(error, std::move(chunk));
      });
}

void StreamTask::came(const std::exception_ptr& error, std::optional<StreamChunk> chunk) {
  if (!stream_) return;
  if (error || !chunk) {
    const auto summary = stream_->summary();
    stream_.reset();
    return error ? tell(Error(error)) : tell(End{summary});
  }
  ++unread_;
  tell(*std::move(chunk));
  pull();
}

void StreamTask::cancel_now() {
  stream_.reset();
}

void StreamTask::taken_now(std::size_t letters) {
  unread_ -= letters;
  pull();
}

}  // namespace headway::python
