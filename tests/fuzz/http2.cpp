// What a server may send in an HTTP/2 session: every request ends, and ends once.

#include <array>
#include <chrono>
#include <memory>

#include "input.hpp"
#include "net/http2_session.hpp"

namespace headway::fuzz {
namespace {

using Session = net::Http2Session;
using namespace std::chrono_literals;

constexpr Session::time_point start(1h);

net::Http2Limits small_limits() {
  net::Http2Limits limits;
  limits.max_body = 4'096;
  limits.max_head = 1'024;
  limits.max_requests = 8;
  limits.frames_at_once = 50;
  return limits;
}

struct Exchange {
  net::Request request;
  net::Http2Stream* stream = nullptr;
  bool ended = false;
};

class Fuzzed {
 public:
  Fuzzed() : session_(small_limits(), start) {
    const auto head = std::make_shared<net::RequestHead>();
    head->origin = net::Origin(true, "api.example.com", 443);
    head->target = "/v1/completions";
    for (auto& exchange : exchanges_) {
      exchange.request.head = head;
      exchange.request.body = "{}";
      auto stream = std::make_unique<net::Http2Stream>();
      exchange.stream = stream.get();
      session_.submit(exchange.request, std::move(stream));
    }
    send();
  }

  void receive(std::string_view bytes) {
    now_ += 1ms;
    session_.receive(bytes, now_);
    attend();
    send();
  }

  void end() {
    session_.hold_back(*exchanges_.back().stream, false);
    session_.tick(now_ += 1h);
    attend();
    session_.lose("the connection was closed");
    attend();
    for (const auto& exchange : exchanges_) require(exchange.ended || exchange.stream == exchanges_.back().stream);
    require(session_.is_over() && session_.room() == 0);
  }

 private:
  void send() {
    while (!session_.output().empty()) {
    }
  }

  void attend() {
    while (auto* stream = session_.next_touched()) {
      require(stream->reply.body.size() <= small_limits().max_body);
      require(!stream->is_whole || stream->has_head);
      if (stream->is_whole || stream->failure) release(*stream);
    }
  }

  // The last one is left, as one is whose reader takes its time.
  void release(net::Http2Stream& stream) {
    for (auto& exchange : exchanges_) {
      if (exchange.stream != &stream) continue;
      require(!exchange.ended);
      if (&exchange == &exchanges_.back()) return session_.hold_back(stream, true);
      exchange.ended = true;
      session_.release(stream, now_);
    }
  }

  std::array<Exchange, 4> exchanges_;
  Session::time_point now_ = start;
  Session session_;
};

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headway::fuzz::Fuzzed session;
  headway::fuzz::Input(data, size).each_slice([&](std::string_view slice) { session.receive(slice); });
  session.end();
  return 0;
}
