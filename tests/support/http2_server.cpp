#include "support/http2_server.hpp"

#include <cstring>

#include <nghttp2/nghttp2.h>

namespace headway::test {
namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> fields_of(const std::string& status, const Fields& fields) {
  std::vector<nghttp2_nv> all{field(":status", status)};
  for (const auto& [name, value] : fields) all.push_back(field(name, value));
  return all;
}

}  // namespace

struct Http2Server::Native {
  nghttp2_session* session = nullptr;
};

struct Http2Server::Stream {
  Request request;
  std::string body;
  std::size_t given = 0;  // of the body: bytes that were sent
  bool last = false;
  bool answering = false;
};

struct Handler {
  static Http2Server& self(void* data) { return *static_cast<Http2Server*>(data); }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* data) {
    auto& request = self(data).streams_[frame->hd.stream_id].request;
    const auto key = text_of(name, name_size);
    const auto text = std::string(text_of(value, value_size));
    if (key == ":method") {
      request.method = text;
    } else if (key == ":path") {
      request.target = text;
    } else {
      request.headers[std::string(key)] = text;
    }
    return 0;
  }

  static int chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                   void* data) {
    self(data).streams_[id].request.body.append(text_of(bytes, size));
    return 0;
  }

  static int received(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    auto& server = self(data);
    const auto type = frame->hd.type;
    const bool acknowledges = frame->hd.flags & NGHTTP2_FLAG_ACK;
    if (type == NGHTTP2_GOAWAY) server.goodbye_ = frame->goaway.error_code;
    if (type == NGHTTP2_PING && !acknowledges) ++server.pings_;
    if (type == NGHTTP2_RST_STREAM) server.resets_.emplace_back(frame->hd.stream_id, frame->rst_stream.error_code);
    const bool ends = (type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    if (!ends) return 0;
    auto& request = server.streams_[frame->hd.stream_id].request;
    request.number = ++server.requests_;
    server.incoming_.push_back({frame->hd.stream_id, request});
    return 0;
  }

  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* data) {
    self(data).streams_.erase(id);
    return 0;
  }

  static ssize_t upload(nghttp2_session*, std::int32_t id, std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                        nghttp2_data_source*, void* data) {
    auto& stream = self(data).streams_[id];
    const auto count = std::min(size, stream.body.size() - stream.given);
    if (count == 0 && !stream.last) return NGHTTP2_ERR_DEFERRED;
    std::memcpy(buffer, stream.body.data() + stream.given, count);
    stream.given += count;
    if (stream.given == stream.body.size() && stream.last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

Http2Server::Http2Server(Http2ServerOptions options) : native_(std::make_unique<Native>()) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Handler::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Handler::chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Handler::received);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Handler::closed);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_max_send_header_block_length(option, 1 << 24);
  nghttp2_option_set_no_auto_window_update(option, options.gives_back ? 0 : 1);
  nghttp2_session_server_new2(&native_->session, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  if (!options.settings) return;
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_streams},
                                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window}};
  nghttp2_submit_settings(native_->session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
}

Http2Server::~Http2Server() {
  nghttp2_session_del(native_->session);
}

void Http2Server::receive(std::string_view bytes) {
  nghttp2_session_mem_recv(native_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string Http2Server::output() {
  std::string all;
  const std::uint8_t* bytes = nullptr;
  for (auto size = nghttp2_session_mem_send(native_->session, &bytes); size > 0;
       size = nghttp2_session_mem_send(native_->session, &bytes)) {
    all.append(text_of(bytes, static_cast<std::size_t>(size)));
  }
  return all + std::exchange(raw_, {});
}

std::optional<Http2Server::Incoming> Http2Server::next() {
  if (incoming_.empty()) return std::nullopt;
  auto first = std::move(incoming_.front());
  incoming_.pop_front();
  return first;
}

void Http2Server::reply(std::int32_t stream, int status, std::string body, const Fields& fields) {
  auto all = fields;
  all.emplace_back("content-type", "application/json");
  head(stream, status, all);
  data(stream, std::move(body), true);
}

void Http2Server::head(std::int32_t stream, int status, const Fields& fields, bool last) {
  const auto number = std::to_string(status);
  const auto all = fields_of(number, fields);
  nghttp2_data_provider provider{};
  provider.read_callback = Handler::upload;
  streams_[stream].answering = true;
  nghttp2_submit_response(native_->session, stream, all.data(), all.size(), last ? nullptr : &provider);
}

void Http2Server::data(std::int32_t stream, std::string body, bool last) {
  streams_[stream].body += body;
  streams_[stream].last = last;
  nghttp2_session_resume_data(native_->session, stream);
}

void Http2Server::interim(std::int32_t stream, int status) {
  const auto number = std::to_string(status);
  const Fields fields{{"x-interim", "1"}};
  const auto all = fields_of(number, fields);
  nghttp2_submit_headers(native_->session, NGHTTP2_FLAG_NONE, stream, nullptr, all.data(), all.size(), nullptr);
}

void Http2Server::reset(std::int32_t stream, std::uint32_t code) {
  nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, stream, code);
}

void Http2Server::goaway(std::int32_t last_stream, std::uint32_t code) {
  nghttp2_submit_goaway(native_->session, NGHTTP2_FLAG_NONE, last_stream, code, nullptr, 0);
}

void Http2Server::ping() {
  nghttp2_submit_ping(native_->session, NGHTTP2_FLAG_NONE, nullptr);
}

void Http2Server::settle(std::uint32_t max_streams) {
  const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams};
  nghttp2_submit_settings(native_->session, NGHTTP2_FLAG_NONE, &settings, 1);
}

void Http2Server::frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, std::string_view payload) {
  const auto byte = [this](std::size_t value) { raw_.push_back(static_cast<char>(value & 0xFF)); };
  for (const int shift : {16, 8, 0}) byte(payload.size() >> shift);
  byte(type);
  byte(flags);
  for (const int shift : {24, 16, 8, 0}) byte(static_cast<std::size_t>(stream) >> shift);
  raw_ += payload;
}

std::size_t Http2Server::held_up(std::int32_t stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.body.size() - found->second.given;
}

}  // namespace headway::test
