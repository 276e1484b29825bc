#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <headway/client.hpp>

#include "fork.hpp"
#include "job/run/side_threads.hpp"

namespace headway::python {

/// A Client on a loop and a thread of its own, which takes no signals: Python's handlers run on its main thread.
class Engine {
 public:
  /// Throws Error (`configuration`).
  explicit Engine(const ClientOptions& options);
  Engine(Engine&&) = delete;
  /// Cancels what is in flight, tells it, and ends the thread.
  ~Engine();

  const Client& client() const { return client_; }
  const std::shared_ptr<boost::asio::io_context>& loop() const { return loop_; }
  /// To be used on the loop.
  job::SideThreads& side() { return side_; }

 private:
  std::shared_ptr<boost::asio::io_context> loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Client client_;
  job::SideThreads side_;
  std::thread thread_;
};

/// Once all is closed because the interpreter ends, raises SystemExit on every thread but the one that ends it. They are
/// daemons, and are to end without a word: CPython aborts if one is stopped while it writes, as a traceback, to stderr.
void stop_if_ending();

/// An engine as Python holds it: after a fork it is started anew at its first use. Guarded by the GIL.
class EngineHandle {
 public:
  /// Throws Error (`configuration`).
  explicit EngineHandle(ClientOptions options);
  EngineHandle(EngineHandle&&) = delete;
  ~EngineHandle();

  /// Throws Error: `cancelled` once it is closed.
  Engine& engine();
  /// Cancels all that is in flight; no call is possible any more. Waits for the thread's end, without the GIL.
  void close();
  bool closed() const { return closed_; }
  /// A lease is this process's alone: in the child of a fork nothing is lent.
  void take_lease(const Lease& lease, std::chrono::milliseconds lasts);
  /// Closes all there are, at the interpreter's end.
  static void close_all();

 private:
  ClientOptions options_;
  OfThisProcess<Engine> engine_;
  bool closed_ = false;
  bool was_lent_ = false;
};

}  // namespace headway::python
