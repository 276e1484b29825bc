#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "mailbox.hpp"

namespace headway::python {

/// Something that was asked of an engine and goes on there. Its members may be called from any thread; they post to the
/// engine's loop, and do nothing once that is gone.
class Task : public std::enable_shared_from_this<Task> {
 public:
  Task(std::weak_ptr<boost::asio::io_context> loop, Address reader)
      : reader_(std::move(reader)), loop_(std::move(loop)) {}
  Task(Task&&) = delete;
  virtual ~Task() = default;

  /// Ends it, down to its sockets.
  void cancel() {
    on_loop([](Task& task) { task.cancel_now(); });
  }
  /// Its reader has read so many more of its letters. Where letters may come faster than they are read, no more than a
  /// few are written ahead.
  void taken(std::size_t letters) {
    on_loop([letters](Task& task) { task.taken_now(letters); });
  }

 protected:
  const Address& reader() const { return reader_; }
  template <class Work>
  void on_loop(Work work) {
    const auto loop = loop_.lock();
    if (loop) boost::asio::post(*loop, [self = shared_from_this(), work = std::move(work)] { work(*self); });
  }

 private:
  virtual void cancel_now() = 0;
  virtual void taken_now(std::size_t) {}

  Address reader_;
  std::weak_ptr<boost::asio::io_context> loop_;
};

}  // namespace headway::python
