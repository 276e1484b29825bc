#include "net/http2_session.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <new>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include "net/http2_head.hpp"

namespace headway::net {
namespace {

using time_point = Http2Session::time_point;

const std::uint8_t* input_bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

struct Http2Session::Native {
  nghttp2_session* session = nullptr;

  Native() = default;
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;
  ~Native() { nghttp2_session_del(session); }

  /// Most requests on a connection share one head, so what was made of the last is kept.
  Http2Head& fields(const std::shared_ptr<const RequestHead>& head) {
    if (last_head_ != head) {
      last_fields_ = std::make_unique<Http2Head>(*head);
      last_head_ = head;
    }
    return *last_fields_;
  }

 private:
  std::shared_ptr<const RequestHead> last_head_;
  std::unique_ptr<Http2Head> last_fields_;
};

/// Takes nghttp2's calls to the session. None of them ends a call or changes the list of streams.
struct Http2Session::Handler {
  static Http2Session& self(void* data) { return *static_cast<Http2Session*>(data); }
  static Http2Stream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int begin_frame(nghttp2_session* session, const nghttp2_frame_hd* head, void* data) {
    const bool ends_a_stream = head->type == NGHTTP2_RST_STREAM && stream(session, head->stream_id);
    return self(data).on_frame_begin(head->type, ends_a_stream) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
    if (auto* found = stream(session, frame->hd.stream_id)) self(data).on_head_begin(*found);
    return 0;
  }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                    void* data) {
    auto* found = stream(session, frame->hd.stream_id);
    if (!found) return 0;
    const bool good = self(data).on_header(*found, text_of(name, name_size), text_of(value, value_size));
    return good ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                   void* data) {
    nghttp2_session_consume_connection(session, size);
    self(data).frame_carries_data_ = true;
    auto* found = stream(session, id);
    if (!found) {
      nghttp2_session_consume_stream(session, id, size);
      return 0;
    }
    try {
      self(data).on_data(*found, text_of(bytes, size));
    } catch (const std::bad_alloc&) {  // which must not pass through C
      self(data).out_of_memory_ = true;
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    return 0;
  }

  static int received(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
    if (frame->hd.type == NGHTTP2_GOAWAY) self(data).draining_ = true;
    if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK)) self(data).settled_ = true;
    const bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (frame->hd.type == NGHTTP2_DATA && !last && !self(data).on_data_end()) return NGHTTP2_ERR_CALLBACK_FAILURE;
    auto* found = stream(session, frame->hd.stream_id);
    if (!found) return 0;
    const bool head = frame->hd.type == NGHTTP2_HEADERS;
    if (head || frame->hd.type == NGHTTP2_DATA) self(data).on_received(*found, head, last);
    if (frame->hd.type == NGHTTP2_RST_STREAM) found->reset_by_server_ = true;
    return 0;
  }

  // Frames of types that we do not know, or do not want: nghttp2 would pass over them, however many there are.
  static int other_chunk(nghttp2_session*, const nghttp2_frame_hd*, const std::uint8_t*, std::size_t, void*) {
    return 0;
  }
  static int other(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) { return NGHTTP2_ERR_CANCEL; }

  static int sent(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR && !self(data).over_) {
      self(data).broken(nghttp2_http2_strerror(frame->goaway.error_code));
    }
    const bool request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    auto* found = request ? stream(session, frame->hd.stream_id) : nullptr;
    if (found && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) {
      found->sent = true;
      found->on_sent();
    }
    return 0;
  }

  static int closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* data) {
    if (auto* found = stream(session, id)) self(data).on_closed(*found, code);
    return 0;
  }

  static ssize_t upload(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                        std::uint32_t* flags, nghttp2_data_source*, void* data) {
    auto* found = stream(session, id);
    if (!found) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const auto part = found->upload_.substr(0, size);
    std::memcpy(buffer, part.data(), part.size());
    found->upload_.remove_prefix(part.size());
    self(data).uploaded_ += part.size();
    if (found->upload_.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part.size());
  }

  static nghttp2_session_callbacks* callbacks() {
    static nghttp2_session_callbacks* const all = [] {
      nghttp2_session_callbacks* made = nullptr;
      nghttp2_session_callbacks_new(&made);
      nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
      nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(made, header);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, chunk);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, received);
      nghttp2_session_callbacks_set_on_frame_send_callback(made, sent);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, closed);
      nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(made, other_chunk);
      nghttp2_session_callbacks_set_unpack_extension_callback(made, other);
      return made;
    }();
    return all;
  }
};

Http2Session::Http2Session(const Http2Limits& limits, time_point now)
    : limits_(limits),
      native_(std::make_unique<Native>()),
      resets_(limits.resets_at_once, limits.resets_per_second),
      frames_(limits.frames_at_once, limits.frames_per_second),
      now_(now),
      last_received_(now) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_peer_max_concurrent_streams(option, limits.assumed_streams);
  nghttp2_option_set_no_closed_streams(option, 1);
  for (int type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
    nghttp2_option_set_user_recv_extension_type(option, static_cast<std::uint8_t>(type));
  }
  nghttp2_session_client_new2(&native_->session, Handler::callbacks(), this, option);
  nghttp2_option_del(option);

  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.max_head)}};
  nghttp2_submit_settings(native_->session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(native_->session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(limits.connection_window));
}

Http2Session::~Http2Session() = default;

void Http2Session::submit(const Request& request, std::unique_ptr<Http2Stream> stream) {
  const auto& fields = native_->fields(request.head).with_length(request.body.size());
  stream->upload_ = request.body;
  nghttp2_data_provider body{};
  body.read_callback = Handler::upload;
  const auto id = nghttp2_submit_request(native_->session, nullptr, fields.data(), fields.size(),
                                         request.body.empty() ? nullptr : &body, stream.get());
  if (++requests_ >= limits_.max_requests) draining_ = true;
  stream->id_ = id;
  stream->place_ = streams_.size();
  streams_.push_back(std::move(stream));
  if (id < 0) {
    auto& refused = *streams_.back();
    refused.closed_ = true;
    draining_ = true;
    Failure failure(ErrorKind::connect, fmt::format("no stream could be opened: {}", nghttp2_strerror(id)));
    failure.unprocessed = true;
    fail(refused, std::move(failure));
  }
}

std::unique_ptr<Http2Stream> Http2Session::release(Http2Stream& stream, time_point now) {
  if (!stream.closed_ && !over_) {
    nghttp2_session_set_stream_user_data(native_->session, stream.id_, nullptr);
    const bool done = stream.is_whole && stream.sent;
    if (!done) {
      const bool may_reset = resets_.take(now);
      if (!stream.sent || may_reset) {  // a request that is not whole must be broken off: its body goes away
        nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL);
      } else {
        draining_ = true;
      }
    }
    if (stream.unconsumed_ > 0) nghttp2_session_consume_stream(native_->session, stream.id_, stream.unconsumed_);
  }
  if (stream.touched_) std::erase(touched_, &stream);
  const auto place = stream.place_;
  auto released = std::exchange(streams_[place], nullptr);
  if (place + 1 < streams_.size()) {
    streams_[place] = std::move(streams_.back());
    streams_[place]->place_ = place;
  }
  streams_.pop_back();
  return released;
}

void Http2Session::hold_back(Http2Stream& stream, bool hold) {
  stream.held_back_ = hold;
  if (hold || stream.closed_ || over_) return;
  nghttp2_session_consume_stream(native_->session, stream.id_, std::exchange(stream.unconsumed_, 0));
}

void Http2Session::receive(std::string_view bytes, time_point now) {
  if (over_) return;
  now_ = now;
  last_received_ = now;
  ping_sent_.reset();
  const auto result = nghttp2_session_mem_recv(native_->session, input_bytes(bytes), bytes.size());
  if (result >= 0) return;
  if (out_of_memory_) throw std::bad_alloc();
  if (!over_) broken(nghttp2_strerror(static_cast<int>(result)));
  end(Failure(*over_));
}

void Http2Session::lose(const std::string& why) {
  if (!over_) end({ErrorKind::connect, why});
}

// Calls that share a connection with a fault may go to another one; not so where no HTTP/2 was ever spoken.
void Http2Session::broken(std::string_view why) {
  if (settled_) {
    over_ = Failure(ErrorKind::connect, fmt::format("the server broke the rules of HTTP/2 ({})", why));
  } else {
    over_ = Failure(ErrorKind::protocol, fmt::format("the server does not speak HTTP/2 here ({})", why));
  }
}

void Http2Session::end(const Failure& why) {
  over_ = why;
  for (const auto& stream : streams_) {
    if (stream->closed_ || stream->is_whole) continue;
    stream->closed_ = true;
    auto failure = why;
    failure.unprocessed = !stream->sent && !stream->has_head;
    if (stream->has_head && why.kind == ErrorKind::connect) failure.kind = ErrorKind::incomplete;
    fail(*stream, std::move(failure));
  }
}

void Http2Session::tick(time_point now) {
  if (over_ || now < next_tick()) return;
  if (ping_sent_) {
    return end({ErrorKind::connect,
                fmt::format("the connection is dead: no answer to a PING for {} ms", limits_.ping_timeout.count())});
  }
  nghttp2_submit_ping(native_->session, NGHTTP2_FLAG_NONE, nullptr);
  ping_sent_ = now;
}

time_point Http2Session::next_tick() const {
  if (ping_sent_) return *ping_sent_ + limits_.ping_timeout;
  if (streams_.empty() || limits_.ping_after.count() == 0 || over_) return time_point::max();
  return last_received_ + limits_.ping_after;
}

std::string_view Http2Session::output() {
  const std::uint8_t* bytes = nullptr;
  const auto size = nghttp2_session_mem_send(native_->session, &bytes);
  if (over_ && !streams_.empty()) end(Failure(*over_));  // the GOAWAY with which nghttp2 answers broken rules
  if (size > 0) return text_of(bytes, static_cast<std::size_t>(size));
  if (size < 0) lose(nghttp2_strerror(static_cast<int>(size)));
  return {};
}

Http2Stream* Http2Session::next_touched() {
  if (touched_.empty()) return nullptr;
  auto* const stream = touched_.back();
  touched_.pop_back();
  stream->touched_ = false;
  return stream;
}

std::optional<std::size_t> Http2Session::width() const {
  if (!settled_) return std::nullopt;
  const auto allowed = nghttp2_session_get_remote_settings(native_->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return std::min<std::size_t>(allowed, limits_.max_requests);
}

std::size_t Http2Session::room() const {
  if (is_draining()) return 0;
  const auto places = width().value_or(limits_.assumed_streams);
  const auto free = places - std::min(places, streams_.size());
  return std::min<std::size_t>(free, limits_.max_requests - requests_);
}

bool Http2Session::is_ending() const {
  return !is_draining() && limits_.max_requests - requests_ <= limits_.max_requests / 20;
}

void Http2Session::touch(Http2Stream& stream) {
  if (!std::exchange(stream.touched_, true)) touched_.push_back(&stream);
}

void Http2Session::fail(Http2Stream& stream, Failure failure) {
  if (stream.is_whole || stream.failure) return;
  failure.sent = stream.sent;
  stream.failure = std::make_unique<Failure>(std::move(failure));
  touch(stream);
}

// Frames that cost the server nothing and us work. A server that answers without having read the request resets each
// stream after its answer (RFC 9113, 8.1): nginx does.
bool Http2Session::on_frame_begin(std::uint8_t type, bool ends_a_stream) {
  frame_carries_data_ = false;
  if (type == NGHTTP2_RST_STREAM && resets_received_ < requests_) {
    ++resets_received_;
    return true;
  }
  const bool useful = ends_a_stream || type == NGHTTP2_DATA || type == NGHTTP2_HEADERS;
  return useful || (type == NGHTTP2_WINDOW_UPDATE && is_due_window()) || take_empty_frame();
}

// One for the stream and one for the connection, each time the server has read some of a request.
bool Http2Session::is_due_window() {
  constexpr std::size_t least_read_at_once = 512;
  return ++windows_received_ <= 4 * (requests_ + uploaded_ / least_read_at_once);
}

bool Http2Session::on_data_end() {
  return frame_carries_data_ || take_empty_frame();
}

bool Http2Session::take_empty_frame() {
  if (frames_.take(now_)) return true;
  broken("a flood of frames that carry nothing");
  return false;
}

void Http2Session::on_head_begin(Http2Stream& stream) {
  if (stream.has_head) return;
  stream.reply.status = 0;
  stream.reply.headers.clear();
}

bool Http2Session::on_header(Http2Stream& stream, std::string_view name, std::string_view value) {
  stream.head_size_ += name.size() + value.size() + 32;  // as RFC 9113, 6.5.2 counts
  if (stream.head_size_ > limits_.max_head) {
    fail(stream, {ErrorKind::protocol, fmt::format("the answer's head has more than {} bytes", limits_.max_head)});
    return false;
  }
  if (stream.has_head) return true;  // trailers
  if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), stream.reply.status);
  } else {
    stream.reply.headers.add(name, value);
  }
  return true;
}

void Http2Session::on_data(Http2Stream& stream, std::string_view bytes) {
  if (stream.held_back_) {
    stream.unconsumed_ += bytes.size();
  } else {
    nghttp2_session_consume_stream(native_->session, stream.id_, bytes.size());
  }
  if (stream.failure) return;
  stream.body_size_ += bytes.size();
  if (limits_.max_body > 0 && stream.body_size_ > limits_.max_body) {
    return fail(stream, {ErrorKind::protocol, fmt::format("the answer has more than {} bytes", limits_.max_body)});
  }
  stream.reply.body.append(bytes);
  touch(stream);
}

void Http2Session::on_received(Http2Stream& stream, bool head, bool last) {
  if (head && !stream.has_head && stream.reply.status < 200) return on_interim(stream);
  if (head) stream.has_head = true;
  if (last && stream.has_head && !stream.failure) stream.is_whole = true;
  touch(stream);
}

// No answer yet, and nothing that a time limit should be reset for.
void Http2Session::on_interim(Http2Stream& stream) {
  constexpr int most = 100;
  if (++stream.interims_ > most) fail(stream, {ErrorKind::protocol, "interim answers without end"});
}

void Http2Session::on_closed(Http2Stream& stream, std::uint32_t code) {
  stream.closed_ = true;
  if (stream.is_whole || stream.failure) return;
  const char* name = nghttp2_http2_strerror(code);
  const auto kind = stream.has_head ? ErrorKind::incomplete : ErrorKind::connect;
  if (code == NGHTTP2_REFUSED_STREAM) {
    Failure failure(kind, "the server took no more streams (REFUSED_STREAM)");
    failure.unprocessed = !stream.has_head;
    return fail(stream, std::move(failure));
  }
  if (code == NGHTTP2_HTTP_1_1_REQUIRED) {
    return fail(stream, {ErrorKind::protocol, "the server wants HTTP/1.1 here; set http to http_1_1"});
  }
  if (!stream.reset_by_server_) {
    return fail(stream, {ErrorKind::protocol, fmt::format("the answer breaks the rules of HTTP/2 ({})", name)});
  }
  fail(stream, {kind, fmt::format("the server reset the stream ({})", name)});
}

}  // namespace headway::net
