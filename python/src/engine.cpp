#include "engine.hpp"

#include <csignal>
#include <optional>
#include <set>
#include <utility>

#include <nanobind/nanobind.h>

#include <headway/error.hpp>

#include "base/file_limit.hpp"

#include "call_ends.hpp"
#include "gil.hpp"
#include "notices.hpp"

namespace headway::python {
namespace {

namespace asio = boost::asio;

std::set<EngineHandle*>& handles() {
  static std::set<EngineHandle*> all;
  return all;
}

// The thread that ends the interpreter, from when it has begun to.
std::optional<std::thread::id>& ender() {
  static std::optional<std::thread::id> thread;
  return thread;
}

void take_no_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Engine::Engine(const ClientOptions& options)
    : loop_(std::make_shared<asio::io_context>(1)),
      work_(loop_->get_executor()),
      client_(loop_->get_executor(), options),
      side_(loop_->get_executor()),
      thread_([loop = loop_] {
        take_no_signals();
        loop->run();
      }) {}

Engine::~Engine() {
  client_.close();
  side_.hurry();
  work_.reset();
  thread_.join();
}

void stop_if_ending() {
  if (!ender() || *ender() == std::this_thread::get_id()) return;
  PyErr_SetNone(PyExc_SystemExit);
  throw nanobind::python_error();
}

EngineHandle::EngineHandle(ClientOptions options) : options_(std::move(options)) {
  raise_file_limit();
  engine();
  handles().insert(this);
}

EngineHandle::~EngineHandle() {
  close();
  handles().erase(this);
}

Engine& EngineHandle::engine() {
  if (closed_) stop_if_ending();
  if (closed_) throw Error(ErrorKind::cancelled, "the client is closed");
  if (auto* engine = engine_.get()) return *engine;
  options_.on_retry = retry_teller();
  options_.on_call_end = call_end_teller();
  auto& engine = engine_.set(std::make_unique<Engine>(options_));
  if (was_lent_) engine.client().take_lease(Lease(), {});
  return engine;
}

void EngineHandle::take_lease(const Lease& lease, std::chrono::milliseconds lasts) {
  engine().client().take_lease(lease, lasts);
  was_lent_ = true;
}

void EngineHandle::close() {
  closed_ = true;
  if (auto engine = engine_.take()) without_gil([&] { engine.reset(); });
}

void EngineHandle::close_all() {
  ender() = std::this_thread::get_id();
  const auto all = handles();
  for (auto* handle : all) {
    if (handles().contains(handle)) handle->close();  // others may have gone while the GIL was not held
  }
}

}  // namespace headway::python
