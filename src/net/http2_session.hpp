#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "net/message.hpp"
#include "net/rate_budget.hpp"

namespace headway::net {

/// The limits of an HTTP/2 session. Its defaults are meant for one connection to a provider.
struct Http2Limits {
  std::size_t max_body = 0;                   ///< bytes of an answer's body; 0: no limit
  std::size_t max_head = 64 * 1024;           ///< bytes of an answer's header names and values
  std::uint32_t stream_window = 65'535;       ///< bytes of one answer that may be here and not yet consumed
  std::uint32_t connection_window = 1 << 20;  ///< bytes on their way; given back as they come
  std::uint32_t assumed_streams = 100;        ///< at once, until the server's SETTINGS have come
  /// Requests on one connection; servers say goodbye near 10,000, at stream 19,999.
  std::uint32_t max_requests = 9'900;
  /// RST_STREAMs that may be sent. nghttp2's servers take 1,000 and then 33 a second for an attack; half of that is kept.
  double resets_at_once = 500;
  double resets_per_second = 16;
  /// SETTINGS, PINGs and the like from the server, beyond which the connection is closed.
  double frames_at_once = 1'000;
  double frames_per_second = 100;
  std::chrono::milliseconds ping_after = std::chrono::seconds(30);  ///< of silence while streams are open; 0: never
  std::chrono::milliseconds ping_timeout = std::chrono::seconds(15);
};

/// One request and its answer in a session. Derive from it to keep what belongs to it.
struct Http2Stream {
  virtual ~Http2Stream() = default;
  /// Called when `sent` has become true.
  virtual void on_sent() {}

  Reply reply;                       ///< what has come of it; the body may be taken out as it grows
  bool has_head = false;             ///< the final head has come, not an interim one
  bool is_whole = false;             ///< the answer's end has come
  bool sent = false;                 ///< the whole request was given to output()
  std::unique_ptr<Failure> failure;  ///< why there will be no whole answer; null if there will

 private:
  friend class Http2Session;

  std::int32_t id_ = 0;
  std::size_t place_ = 0;
  std::string_view upload_;
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  std::size_t unconsumed_ = 0;
  std::uint8_t interims_ = 0;
  bool held_back_ = false;
  bool touched_ = false;
  bool reset_by_server_ = false;
  bool closed_ = false;
};

/// The client's side of an HTTP/2 connection as a state machine without I/O: bytes in, bytes out, and streams on which
/// something has happened. It is told the time. Its rules are those of RFC 9113 and of shared experience with providers:
/// see Http2Limits. nghttp2 does the frames and HPACK.
class Http2Session {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  Http2Session(const Http2Limits& limits, time_point now);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session();

  /// Queues the request; its body must stay until the stream is released. There must be room(). The session keeps the
  /// stream until release().
  void submit(const Request& request, std::unique_ptr<Http2Stream> stream);
  /// Takes the stream out. One that has not ended is reset, or left to run dry where the budget of resets is used up:
  /// then no more streams are taken.
  std::unique_ptr<Http2Stream> release(Http2Stream& stream, time_point now);
  /// Its body is not asked for beyond the stream's window; or again is.
  void hold_back(Http2Stream& stream, bool hold);

  /// Bytes from the server.
  void receive(std::string_view bytes, time_point now);
  /// The server closed, or the connection broke: that ends every stream.
  void lose(const std::string& why);
  /// Time has passed: sends or misses a PING.
  void tick(time_point now);
  time_point next_tick() const;

  /// The next bytes for the server, valid until the next call of any member; empty if there are none.
  std::string_view output();

  /// A stream on which something has happened, each once; null when there is none left. It stays until released.
  Http2Stream* next_touched();

  /// All streams that are not released.
  const std::vector<std::unique_ptr<Http2Stream>>& streams() const { return streams_; }
  /// More streams that it takes now.
  std::size_t room() const;
  /// Streams at once that the server allows; nothing until its SETTINGS have come.
  std::optional<std::size_t> width() const;
  /// It takes no more streams, for good: as soon as the last has ended, close.
  bool is_draining() const { return draining_ || is_over(); }
  /// Few requests are left on this connection.
  bool is_ending() const;
  /// Nothing more will come; send what output() still has, and close.
  bool is_over() const { return over_.has_value(); }

 private:
  struct Native;   // what nghttp2 has
  struct Handler;  // what nghttp2 calls

  void touch(Http2Stream& stream);
  void fail(Http2Stream& stream, Failure failure);
  void end(const Failure& why);
  void broken(std::string_view why);

  bool on_frame_begin(std::uint8_t type, bool ends_a_stream);
  bool on_data_end();
  bool is_due_window();
  bool take_empty_frame();
  void on_head_begin(Http2Stream& stream);
  bool on_header(Http2Stream& stream, std::string_view name, std::string_view value);
  void on_data(Http2Stream& stream, std::string_view bytes);
  void on_received(Http2Stream& stream, bool head, bool last);
  void on_interim(Http2Stream& stream);
  void on_closed(Http2Stream& stream, std::uint32_t code);

  Http2Limits limits_;
  std::unique_ptr<Native> native_;
  std::vector<std::unique_ptr<Http2Stream>> streams_;
  std::vector<Http2Stream*> touched_;
  RateBudget resets_;
  RateBudget frames_;
  std::optional<Failure> over_;
  time_point now_;
  time_point last_received_;
  std::optional<time_point> ping_sent_;
  std::uint32_t requests_ = 0;
  std::uint32_t resets_received_ = 0;
  std::size_t windows_received_ = 0;
  std::size_t uploaded_ = 0;
  bool frame_carries_data_ = false;
  bool out_of_memory_ = false;
  bool settled_ = false;
  bool draining_ = false;
};

}  // namespace headway::net
