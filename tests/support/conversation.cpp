#include "support/conversation.hpp"

#include <algorithm>

namespace headway::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Conversation::Conversation(Stream& stream, PeerLog& log)
    : stream_(stream), log_(log), reader_(stream), connection_(log.connection_opened()) {}

Conversation::~Conversation() {
  answer_begins();
  if (stream_.socket()) {
    stream_.say_goodbye();
    stream_.socket().finish_writing();
    wait_closed(std::chrono::seconds(5));
    stream_.socket().close();
  }
  log_.connection_closed();
}

std::optional<Request> Conversation::read_request() {
  answer_begins();
  try {
    auto request = reader_.next();
    if (!request) return std::nullopt;
    request->connection = connection_;
    log_.request_read(*request);
    request_ = request->number;
    unanswered_ = true;
    return request;
  } catch (const MalformedRequest& malformed) {
    log_.fault(malformed.what());
  } catch (const UnfinishedRequest&) {
  }
  return std::nullopt;
}

// The log's count goes down before the first byte leaves: after it the client may already send its next
// request.
void Conversation::answer_begins() {
  if (std::exchange(unanswered_, false)) log_.answer_begun();
}

bool Conversation::send(std::string_view bytes) {
  answer_begins();
  return stream_.socket() && !stream_.stop().stopped() && stream_.write(bytes);
}

bool Conversation::send_slowly(std::string_view bytes, std::size_t slice, milliseconds pause) {
  while (!bytes.empty()) {
    if (!send(bytes.substr(0, slice)) || !sleep(pause)) return false;
    bytes.remove_prefix(std::min(slice, bytes.size()));
  }
  return true;
}

void Conversation::close() {
  answer_begins();
  if (!stream_.socket()) return;
  stream_.say_goodbye();
  stream_.socket().finish_writing();
  char unread[4096];  // left unread, it would turn the close into a reset
  while (stream_.read_some(unread, sizeof unread, milliseconds(0)) > 0) {
  }
  stream_.socket().close();
}

void Conversation::reset() {
  answer_begins();
  stream_.socket().reset();
}

bool Conversation::wait_closed(milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  char unread[4096];
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    const auto got = stream_.read_some(unread, sizeof unread, std::max(left, milliseconds(0)));
    if (got <= 0) return got == 0;
    if (left <= milliseconds(0)) return false;
  }
}

bool Conversation::wait_for_requests(std::size_t count, milliseconds limit) {
  log_.wait_until([&] { return stream_.stop().stopped() || log_.request_count() >= count; }, limit);
  return log_.request_count() >= count;
}

bool Conversation::sleep(milliseconds time) {
  return !stream_.stop().wait(time);
}

}  // namespace headway::test
