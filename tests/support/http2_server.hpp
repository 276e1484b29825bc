#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/replies.hpp"
#include "support/request.hpp"

namespace headway::test {

struct Http2ServerOptions {
  Http2ServerOptions() {}

  std::uint32_t max_streams = 100;  ///< told in SETTINGS
  std::uint32_t window = 65'535;    ///< of each stream, for requests; 0: their bodies never come
  bool settings = true;             ///< false: SETTINGS are kept back until settle()
  bool gives_back = true;           ///< false: no window is ever opened again
};

/// The server's side of an HTTP/2 connection, without I/O: what the client sent goes in, requests and bytes for the
/// client come out. What is to be answered, and how badly, is the test's to say.
class Http2Server {
 public:
  explicit Http2Server(Http2ServerOptions options = Http2ServerOptions());
  ~Http2Server();

  void receive(std::string_view bytes);
  /// Everything that there is to be sent.
  std::string output();

  struct Incoming {
    std::int32_t stream = 0;
    Request request;
  };
  /// The next request that has come whole.
  std::optional<Incoming> next();
  std::size_t request_count() const { return requests_; }

  void reply(std::int32_t stream, int status, std::string body, const Fields& fields = Fields());
  void head(std::int32_t stream, int status, const Fields& fields, bool last = false);
  void data(std::int32_t stream, std::string body, bool last);
  void interim(std::int32_t stream, int status);
  void reset(std::int32_t stream, std::uint32_t code);
  void goaway(std::int32_t last_stream, std::uint32_t code = 0);
  void ping();
  void settle(std::uint32_t max_streams);
  /// A frame as it is, whatever it is.
  void frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, std::string_view payload);

  /// Streams that the client has reset, with the code, in order.
  const std::vector<std::pair<std::int32_t, std::uint32_t>>& resets() const { return resets_; }
  /// The code of the client's GOAWAY.
  std::optional<std::uint32_t> goodbye() const { return goodbye_; }
  std::size_t pings() const { return pings_; }
  std::size_t streams() const { return streams_.size(); }
  /// Bytes of this stream's answer that the client's windows do not let out.
  std::size_t held_up(std::int32_t stream) const;

 private:
  struct Native;
  struct Stream;
  friend struct Handler;

  std::unique_ptr<Native> native_;
  std::map<std::int32_t, Stream> streams_;
  std::deque<Incoming> incoming_;
  std::string raw_;
  std::vector<std::pair<std::int32_t, std::uint32_t>> resets_;
  std::optional<std::uint32_t> goodbye_;
  std::size_t requests_ = 0;
  std::size_t pings_ = 0;
};

}  // namespace headway::test
