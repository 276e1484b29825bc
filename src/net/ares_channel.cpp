#include "net/ares_channel.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>

namespace headway::net {
namespace {

namespace asio = boost::asio;

constexpr int tries = 4;

int initialise_library() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);  // thread-safe here, unlike the call itself
  return status;
}

int open_channel(ares_channel& channel, const AresSettings& settings, ares_sock_state_cb on_socket, void* self) {
  ares_options options{};
  options.flags = settings.frank ? ARES_FLAG_NOCHECKRESP : 0;
  options.timeout = static_cast<int>(settings.first_wait.count());
  options.tries = tries;
  // Files, then DNS. c-ares would go by nsswitch.conf, and never ask where "resolve" stands there in place of "dns".
  char lookups[] = "fb";
  options.lookups = lookups;
  options.sock_state_cb = on_socket;
  options.sock_state_cb_data = self;
  constexpr int given =
      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  int status = initialise_library();
  if (status == ARES_SUCCESS) status = ares_init_options(&channel, &options, given);
  if (status != ARES_SUCCESS || settings.servers.empty()) return status;
  return ares_set_servers_ports_csv(channel, settings.servers.c_str());
}

NameAnswer read_answer(int status, const ares_addrinfo* info) {
  NameAnswer answer;
  answer.status = status;
  if (status != ARES_SUCCESS) return answer;
  int ttl = info->nodes != nullptr ? info->nodes->ai_ttl : 0;
  for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
    auto& endpoint = answer.addresses.emplace_back();
    endpoint.resize(node->ai_addrlen);
    std::memcpy(endpoint.data(), node->ai_addr, node->ai_addrlen);
    ttl = std::min(ttl, node->ai_ttl);
  }
  for (const auto* alias = info->cnames; alias != nullptr; alias = alias->next) ttl = std::min(ttl, alias->ttl);
  answer.ttl = std::chrono::seconds(ttl);
  if (answer.addresses.empty()) answer.status = ARES_ENODATA;
  return answer;
}

void on_answer(void* done, int status, int /*timeouts*/, ares_addrinfo* info) noexcept {
  const std::unique_ptr<AresChannel::Done> owned(static_cast<AresChannel::Done*>(done));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned_info(info, ares_freeaddrinfo);
  (*owned)(read_answer(status, info));
}

}  // namespace

AresChannel::AresChannel(asio::any_io_executor executor, const AresSettings& settings)
    : executor_(std::move(executor)), timer_(executor_) {
  status_ = open_channel(channel_, settings, on_socket, this);
}

AresChannel::~AresChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);
}

void AresChannel::lookup(const std::string& name, Done done) {
  if (status_ != ARES_SUCCESS) return done(NameAnswer{status_, {}, {}});
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, on_answer, new Done(std::move(done)));
  set_timer();
}

void AresChannel::on_socket(void* self, ares_socket_t fd, int readable, int writable) noexcept {
  static_cast<AresChannel*>(self)->watch(fd, readable != 0, writable != 0);
}

void AresChannel::watch(ares_socket_t fd, bool readable, bool writable) {
  auto& watched = watches_[fd];
  if (!readable && !writable) {
    if (watched) watched->descriptor.release();  // c-ares closes it
    watches_.erase(fd);
    return;
  }
  if (!watched) {
    watched.reset(new Watch{asio::posix::stream_descriptor(executor_)});
    boost::system::error_code
        not_watched;  // then c-ares' own timeout ends the lookup: no exception may pass through it
    watched->descriptor.assign(fd, not_watched);
  }
  watched->wanted = {readable, writable};
  wait(fd, watched);
}

void AresChannel::wait(ares_socket_t fd, const std::shared_ptr<Watch>& watch) {
  wait(fd, watch, reading);
  wait(fd, watch, writing);
}

void AresChannel::wait(ares_socket_t fd, const std::shared_ptr<Watch>& watch, Direction direction) {
  if (!watch->wanted[direction] || watch->waiting[direction]) return;
  watch->waiting[direction] = true;
  const auto kind = direction == reading ? watch->descriptor.wait_read : watch->descriptor.wait_write;
  watch->descriptor.async_wait(kind, [weak = weak_from_this(), weak_watch = std::weak_ptr(watch), fd,
                                      direction](boost::system::error_code failed) {
    const auto self = weak.lock();
    const auto still_watched = weak_watch.lock();
    if (self && still_watched && !failed) self->ready(fd, still_watched, direction);
  });
}

void AresChannel::ready(ares_socket_t fd, const std::shared_ptr<Watch>& watch, Direction direction) {
  watch->waiting[direction] = false;
  if (watch->wanted[direction]) {
    process(direction == reading ? fd : ARES_SOCKET_BAD, direction == writing ? fd : ARES_SOCKET_BAD);
  }
  const auto found = watches_.find(fd);
  if (found != watches_.end() && found->second == watch) wait(fd, watch);
}

void AresChannel::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  set_timer();
}

void AresChannel::set_timer() {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec));
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace headway::net
