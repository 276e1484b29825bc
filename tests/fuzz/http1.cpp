// HTTP/1.1 answers: the same whatever the slices they come in.

#include <utility>

#include "input.hpp"
#include "net/http1_codec.hpp"

namespace headway::fuzz {
namespace {

using State = net::Http1Decoder::State;
constexpr std::size_t max_body = 1'000;

void require_sane(net::Http1Decoder& decoder) {
  switch (decoder.state()) {
    case State::head_or_body:
      require(!decoder.has_head() || decoder.reply().body.size() <= max_body);
      break;
    case State::done:
      require(decoder.reply().status / 100 != 1 && decoder.reply().body.size() <= max_body);
      break;
    case State::failed:
      require(!decoder.failure().detail.empty());
      break;
  }
}

void fuzz_answer(const Input& input, bool clean) {
  net::Http1Decoder at_once(max_body);
  net::Http1Decoder sliced(max_body);
  at_once.feed(input.bytes());
  input.each_slice([&](std::string_view slice) {
    if (sliced.state() == State::head_or_body) sliced.feed(slice);
    require_sane(sliced);
  });
  require_sane(at_once);
  at_once.finish(clean);
  sliced.finish(clean);
  require_sane(sliced);
  require(sliced.state() != State::head_or_body && at_once.state() == sliced.state());
  if (sliced.state() != State::done) return;
  require(at_once.reply().status == sliced.reply().status && at_once.reply().body == sliced.reply().body);
  sliced.reset();
  sliced.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  require(sliced.state() == State::done && sliced.take_reply().body == "ok");
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const headway::fuzz::Input input(data, size);
  headway::fuzz::fuzz_answer(input, true);
  headway::fuzz::fuzz_answer(input, false);
  return 0;
}
