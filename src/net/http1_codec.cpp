// Beast 1.81 asserts that the last chunk of an empty body comes in one slice (boostorg/beast#2861, mended since): no
// answer may end the program.
#define BOOST_DISABLE_ASSERTS

#include "net/http1_codec.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace headway::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::uint32_t max_head = 64 * 1024;
constexpr std::uint64_t largest_first_reserve = 1 << 20;  // a told length is not believed beyond this
constexpr std::size_t json_padding = 64;  // what simdjson may read past the end, so that it need not copy

bool has_no_length(const Request& request) {
  return request.body.empty() && request.head->method == "GET";
}

}  // namespace

std::string http1_head(const Request& request) {
  std::string head;
  head.reserve(512);
  const auto& said = *request.head;
  head.append(said.method).append(" ").append(said.target).append(" HTTP/1.1\r\n");
  head.append("Host: ").append(said.origin.authority()).append("\r\n");
  for (const auto& [name, value] : said.headers) head.append(name).append(": ").append(value).append("\r\n");
  if (!has_no_length(request)) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", request.body.size());
  return head.append("\r\n");
}

class Http1Decoder::Parser : public http::basic_parser<false> {
 public:
  explicit Parser(std::size_t max_body) {
    eager(true);
    header_limit(max_head);
    if (max_body > 0) {
      body_limit(max_body);
    } else {
      body_limit(boost::none);
    }
  }

  bool interim() const { return reply.status >= 100 && reply.status < 200; }

  Reply reply;

 private:
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override { reply.status = code; }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    reply.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) reply.body.reserve(std::min(*length, largest_first_reserve) + json_padding);
  }
  std::size_t on_body_impl(string_view body, error_code&) override {
    reply.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    reply.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

Http1Decoder::Http1Decoder(std::size_t max_body) : max_body_(max_body) {
  reset();
}
Http1Decoder::~Http1Decoder() = default;

void Http1Decoder::reset() {
  parser_ = std::make_unique<Parser>(max_body_);
  pending_.clear();
  failure_.reset();
  excess_ = false;
}

Http1Decoder::State Http1Decoder::state() const {
  if (failure_) return State::failed;
  return parser_->is_done() ? State::done : State::head_or_body;
}

Http1Decoder::State Http1Decoder::feed(std::string_view bytes) {
  if (pending_.empty()) {
    const auto result = consume(bytes);
    pending_.assign(bytes);
    return result;
  }
  pending_.append(bytes);
  std::string_view rest = pending_;
  const auto result = consume(rest);
  pending_.erase(0, pending_.size() - rest.size());
  return result;
}

Http1Decoder::State Http1Decoder::consume(std::string_view& bytes) {
  while (!bytes.empty() && state() == State::head_or_body) {
    error_code error;
    bytes.remove_prefix(parser_->put({bytes.data(), bytes.size()}, error));
    if (error == http::error::need_more) return State::head_or_body;
    if (error == http::error::body_limit) {
      return fail(ErrorKind::protocol, fmt::format("the answer has more than {} bytes", max_body_));
    }
    if (error) return fail(ErrorKind::protocol, "the answer is not HTTP/1.1: " + error.message());
    if (parser_->is_done() && parser_->interim()) parser_ = std::make_unique<Parser>(max_body_);
  }
  excess_ = excess_ || !bytes.empty();
  return state();
}

Http1Decoder::State Http1Decoder::finish(bool clean) {
  if (state() != State::head_or_body) return state();
  if (!parser_->got_some()) {
    return fail(ErrorKind::connect, "the server closed the connection without an answer");
  }
  if (!parser_->is_header_done()) return fail(ErrorKind::incomplete, "the connection ended inside the answer's head");
  error_code error;
  if (clean) parser_->put_eof(error);
  if (!clean || error) return fail(ErrorKind::incomplete, "the connection ended inside the answer's body");
  return State::done;
}

Http1Decoder::State Http1Decoder::fail(ErrorKind kind, std::string detail) {
  failure_ = std::make_unique<Failure>(kind, std::move(detail));
  return State::failed;
}

bool Http1Decoder::has_head() const {
  return parser_->is_header_done() && !parser_->interim();
}

Reply& Http1Decoder::reply() {
  return parser_->reply;
}

bool Http1Decoder::reusable() const {
  return parser_->keep_alive() && !excess_;
}

const Failure& Http1Decoder::failure() const {
  return *failure_;
}

}  // namespace headway::net
