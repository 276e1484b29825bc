#include "support/http2_script.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace headway::test {

using Clock = std::chrono::steady_clock;

void Http2Connection::after(std::chrono::milliseconds time, std::function<void()> then) {
  timers_.push_back({Clock::now() + time, std::move(then)});
}

void Http2Connection::run_due() {
  const auto now = Clock::now();
  for (auto it = timers_.begin(); it != timers_.end();) {
    if (it->due > now) {
      ++it;
      continue;
    }
    const auto then = std::move(it->then);
    it = timers_.erase(it);
    then();
  }
}

bool Http2Connection::carry(const Http2Handler& answer, Http2Log& log) {
  run_due();
  const auto output = server.output();
  if (!output.empty() && !conversation_.send(output)) return false;
  if (closing_) return false;
  const auto tick = std::chrono::milliseconds(timers_.empty() ? 50 : 2);
  std::array<char, 64 * 1024> bytes;
  const auto size = conversation_.stream().read_some(bytes.data(), bytes.size(), tick);
  if (size == 0) return false;
  if (size < 0) return !conversation_.stream().stop().stopped();
  server.receive({bytes.data(), static_cast<std::size_t>(size)});
  log.resets += static_cast<int>(server.resets().size() - std::exchange(resets_told_, server.resets().size()));
  log.pings += static_cast<int>(server.pings() - std::exchange(pings_told_, server.pings()));
  while (const auto incoming = server.next()) {
    ++log.requests;
    answer(*this, *incoming);
  }
  return true;
}

Peer::Script http2(Http2Handler answer, Http2ServerOptions options, Http2Log* log) {
  const auto own = std::make_shared<Http2Log>();
  return [answer = std::move(answer), options, log, own](Conversation& conversation) {
    auto& seen = log ? *log : *own;
    const auto connection = std::make_unique<Http2Connection>(conversation, options, ++seen.connections);
    while (connection->carry(answer, seen)) {
    }
  };
}

void echo_on(Http2Connection& connection, const Http2Server::Incoming& incoming) {
  connection.server.reply(incoming.stream, 200, completion_body(echo_of(prompt_of(incoming.request))));
}

}  // namespace headway::test
