#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headway::wire {

/// One event of a text/event-stream.
struct SseEvent {
  std::string_view type;  ///< what its last `event:` said; empty if nothing, which stands for "message"
  std::string_view data;  ///< its `data:` lines joined with \n. Any bytes: nobody has looked whether they are UTF-8
};

struct SseLimits {
  std::size_t max_line = std::size_t{8} << 20;   ///< bytes of a line, without its end
  std::size_t max_data = std::size_t{16} << 20;  ///< bytes of an event's data
};

/// Reads a text/event-stream as the WHATWG's HTML standard, 9.2.6, has it, in whatever slices it comes: lines end with
/// CR, LF or both; a byte order mark at the beginning, comments, and events without data are passed over, and so are
/// `id` and `retry`, which are for who reconnects. A last event without an empty line behind it comes only from end(): the
/// standard drops it, but servers send it. A state machine without I/O.
class SseParser {
 public:
  explicit SseParser(SseLimits limits = {}) : limits_(limits) {}
  SseParser(const SseParser&) = delete;  // its event may look into itself
  SseParser& operator=(const SseParser&) = delete;
  ~SseParser() = default;

  /// Takes from the front of `bytes` up to the end of the next event, and gives it; nothing once all are taken. The event
  /// is valid until the next call and as long as the bytes are: one whose data is one line inside them is not copied.
  /// Throws Error (`protocol`) for what is above a limit; after that it must not be used.
  std::optional<SseEvent> next(std::string_view& bytes);
  /// The bytes have ended cleanly: gives what they ended in, which may be a piece of an event. Once, after next().
  std::optional<SseEvent> end();

 private:
  bool line_ended(std::string_view part);
  bool end_event();
  void read_field(std::string_view line);
  void add_data(std::string_view value);
  void keep_data();
  void forget_event();

  SseLimits limits_;
  std::string line_;  // the part of a line whose end has not come yet
  std::string type_;
  std::string joined_data_;  // data that is no longer, or never was, in one piece of the caller's bytes
  std::string_view data_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool at_beginning_ = true;
  bool event_given_ = false;
};

}  // namespace headway::wire
