#include "support/peer.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace headway::test {
namespace {

std::unique_ptr<Stream> open_plain(Socket socket, const StopSignal& stop) {
  return std::make_unique<Stream>(std::move(socket), stop);
}

// OpenSSL writes without MSG_NOSIGNAL; threads inherit the mask of the one that starts them.
class NoBrokenPipeSignals {
 public:
  NoBrokenPipeSignals() {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before_);
  }
  ~NoBrokenPipeSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Peer::Peer(Script script, PeerOptions options) : Peer(std::move(script), options, "http", open_plain) {}

Peer::Peer(Script script, PeerOptions options, std::string scheme, OpenStream open)
    : script_(std::move(script)),
      options_(options),
      scheme_(std::move(scheme)),
      open_(std::move(open)),
      listener_(listen_on_loopback(options.port)),
      port_(port_of(listener_)) {
  const NoBrokenPipeSignals in_its_threads;
  accepting_ = std::thread([this] { accept_all(); });
}

Peer::~Peer() {
  stop_.stop();
  accepting_.join();
}

std::string Peer::url(const std::string& path) const {
  return scheme_ + "://127.0.0.1:" + std::to_string(port_) + path;
}

void Peer::accept_all() {
  while (Socket socket = accept_connection(listener_, stop_)) {
    wait_for_room();
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker, taken = std::move(socket)]() mutable {
      converse(std::move(taken));
      worker.ended = true;
    });
  }
  listener_.close();
  for (Worker& worker : workers_) worker.thread.join();
}

void Peer::converse(Socket socket) {
  try {
    const auto stream = open_(std::move(socket), stop_);
    Conversation conversation(*stream, log_);
    script_(conversation);
  } catch (const HandshakeFailed& failed) {
    log_.fault(failed.what());
  } catch (const std::exception& error) {
    ADD_FAILURE() << "a peer's script threw: " << error.what();
  }
}

void Peer::join_ended() {
  workers_.remove_if([](Worker& worker) {
    if (!worker.ended) return false;
    worker.thread.join();
    return true;
  });
}

void Peer::wait_for_room() {
  join_ended();
  while (workers_.size() >= options_.max_connections && !stop_.wait(std::chrono::milliseconds(5))) join_ended();
}

}  // namespace headway::test
