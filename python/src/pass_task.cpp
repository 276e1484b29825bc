#include "pass_task.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace headway::python {
namespace {

constexpr std::size_t pieces_ahead = 64;

}  // namespace

PassTask::PassTask(std::weak_ptr<boost::asio::io_context> loop, Address reader)
    : Task(std::move(loop), std::move(reader), pieces_ahead / 2) {}

void PassTask::start(const detail::PassThrough& way, call::PassRequest request) {
  auto self = std::static_pointer_cast<PassTask>(shared_from_this());
  auto passing = way.start(std::move(request), std::shared_ptr<call::PassSink>(self, this));
  on_loop([passing = std::move(passing)](Task& task) { static_cast<PassTask&>(task).passing_ = passing; });
}

void PassTask::head(call::PassHead head) {
  tell(std::move(head));
}

void PassTask::bytes(std::string_view piece) {
  tell(PassBytes{std::string(piece)});
  if (++unread_ >= pieces_ahead && passing_ && !std::exchange(held_, true)) passing_->hold(true);
}

void PassTask::end(const Error* error) {
  error ? tell(*error) : tell(End());
}

void PassTask::cancel_now() {
  if (passing_) passing_->cancel();
}

void PassTask::taken_now(std::size_t letters) {
  unread_ -= std::min(letters, unread_);
  if (unread_ < pieces_ahead && std::exchange(held_, false)) passing_->hold(false);
}

}  // namespace headway::python
