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
  /// `step`: how many letters its reader takes before it hears of it; each time costs the loop a wake-up.
  Task(std::weak_ptr<boost::asio::io_context> loop, Address reader, std::size_t step = 1)
      : reader_(std::move(reader)), loop_(std::move(loop)), step_(step) {}
  Task(Task&&) = delete;
  virtual ~Task() = default;

  /// Ends it, down to its sockets.
  void cancel() {
    on_loop([](Task& task) { task.cancel_now(); });
  }
  /// Its reader has read so many more of its letters. Where letters may come faster than they are read, no more than a
  /// few are written ahead. By one reader at a time.
  void taken(std::size_t letters) {
    taken_ += letters;
    if (taken_ < step_) return;
    on_loop([all = std::exchange(taken_, 0)](Task& task) { task.taken_now(all); });
  }

 protected:
  /// Puts a letter into the reader's box, on the loop. The reader is woken once for all that the loop has at hand now.
  void tell(News news) {
    const bool was_empty = reader_.mailbox->put(reader_.number, std::move(news));
    if (was_empty) on_loop([](Task& task) { task.reader_.mailbox->wake(); });
  }
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
  std::size_t step_;
  std::size_t taken_ = 0;  // and not told yet
};

}  // namespace headway::python
