#include "net/http1_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "net/http1_lines.hpp"

namespace headway::net {
namespace {

constexpr std::size_t max_http1_head = 64 * 1024;
constexpr int max_interims = 100;
constexpr int switching_protocols = 101;
constexpr std::uint64_t largest_first_reserve = 1 << 20;  // a told length is not believed beyond this
constexpr std::size_t json_padding = 64;     // what simdjson may read past the end, so that it need not copy
constexpr std::size_t bare_chunk_line = 18;  // 16 digits and the line's end

bool has_no_length(const Request& request) {
  return request.body.empty() && (request.head->method == "GET" || request.head->method == "HEAD");
}

std::string_view without_line_end(std::string_view line) {
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool may_begin_an_answer(std::string_view text) {
  constexpr std::string_view beginning = "HTTP/1.";
  return text == "\r" || beginning.starts_with(text.substr(0, beginning.size()));
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
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

Http1Decoder::State Http1Decoder::state() const {
  if (failure_) return State::failed;
  return part_ == Part::done ? State::done : State::head_or_body;
}

Http1Decoder::State Http1Decoder::feed(std::string_view bytes) {
  while (!bytes.empty() && state() == State::head_or_body) {
    if (is_in_body()) {
      take_body(bytes);
    } else {
      take_line(bytes);
    }
  }
  excess_ = excess_ || !bytes.empty();
  return state();
}

void Http1Decoder::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const bool is_whole = end != std::string_view::npos;
  const auto piece = bytes.substr(0, is_whole ? end + 1 : bytes.size());
  bytes.remove_prefix(piece.size());
  beside_body_ += piece.size();
  if (beside_body_ > max_http1_head + body_size_) {
    return not_http(has_head_ ? "too much beside the body" : "the head is too long");
  }
  if (is_whole && line_.empty()) return on_line(without_line_end(piece));
  line_.append(piece);
  if (is_whole) return on_line(without_line_end(std::exchange(line_, {})));
  if (part_ == Part::status_line && !may_begin_an_answer(line_)) not_http("bad version");
}

void Http1Decoder::take_body(std::string_view& bytes) {
  const auto piece = part_ == Part::body_to_close ? bytes : bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  if (part_ == Part::body_to_close) {
    body_size_ += piece.size();
    if (max_body_ > 0 && body_size_ > max_body_) return too_large();
  } else {
    left_ -= piece.size();
    if (left_ == 0) part_ = part_ == Part::chunk ? Part::chunk_end : Part::done;
  }
  reply_.body.append(piece);
}

void Http1Decoder::on_line(std::string_view line) {
  switch (part_) {
    case Part::status_line:
      return on_status_line(line);
    case Part::head:
      return line.empty() ? on_head_end() : on_head_line(line);
    case Part::chunk_size:
      return on_chunk_size(line);
    case Part::chunk_end:
      if (!line.empty()) return not_http("bad chunk");
      beside_body_ -= std::min(beside_body_, bare_chunk_line);
      part_ = Part::chunk_size;
      return;
    case Part::trailers:
      if (line.empty()) part_ = Part::done;
      return;
    default:
      return;
  }
}

void Http1Decoder::on_status_line(std::string_view line) {
  if (line.empty()) return;  // some servers write one more line end than their answer has
  const auto status = parse_status_line(line);
  if (!status) return not_http("bad status line");
  if (status->status == switching_protocols) return not_http("it switches to a protocol that was not asked for");
  reply_.status = status->status;
  is_1_1_ = status->is_1_1;
  interim_ = status->status < 200;
  part_ = Part::head;
}

// RFC 9112, 5.2: a line that begins with a blank goes on with the one before.
void Http1Decoder::on_head_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    if (field_.empty()) return not_http("bad field");
    field_.append(" ").append(without_blanks(line));
    return;
  }
  if (!field_.empty()) on_field(field_);
  field_ = line;
}

void Http1Decoder::on_field(std::string_view line) {
  std::string clean;
  if (std::ranges::any_of(line, is_control)) {
    clean = line;
    std::ranges::replace_if(clean, is_control, ' ');
    line = clean;
  }
  const auto field = parse_field(line);
  if (!field) return not_http("bad field");
  if (interim_) return;
  reply_.headers.add(field->name, field->value);
  if (same_header_name(field->name, "content-length")) {
    const auto length = parse_length(field->value);
    if (!length || (length_ && length_ != length)) return not_http("bad Content-Length");
    length_ = length;
  } else if (same_header_name(field->name, "transfer-encoding")) {
    on_transfer_encoding(field->value);
  } else if (same_header_name(field->name, "connection")) {
    on_connection(field->value);
  }
}

// What packs the body under the chunks is undone with what packs the content.
void Http1Decoder::on_transfer_encoding(std::string_view value) {
  for_each_in_list(value, [&](std::string_view coding) {
    if (same_header_name(coding, "identity")) return;
    has_coding_ = true;
    chunked_ = same_header_name(coding, "chunked");
    if (!chunked_) reply_.headers.add("content-encoding", coding);
  });
}

void Http1Decoder::on_connection(std::string_view value) {
  for_each_in_list(value, [&](std::string_view option) {
    if (same_header_name(option, "close")) says_close_ = true;
    if (same_header_name(option, "keep-alive")) says_keep_alive_ = true;
  });
}

// RFC 9112, 9.3. Where the length is told in two ways, or in one that HTTP/1.0 has not, one of them may be wrong.
bool Http1Decoder::may_stay_open() const {
  if (says_close_ || (has_coding_ && (length_ || !is_1_1_))) return false;
  return is_1_1_ || says_keep_alive_;
}

// RFC 9112, 6.3.
void Http1Decoder::on_head_end() {
  if (!field_.empty()) on_field(field_);
  field_.clear();
  if (failure_) return;
  if (interim_) {
    part_ = Part::status_line;
    if (++interims_ > max_interims) not_http("interim answers without end");
    return;
  }
  has_head_ = true;
  beside_body_ = 0;
  keep_alive_ = may_stay_open();
  if (to_head_ || reply_.status == 204 || reply_.status == 304) {
    part_ = Part::done;
  } else if (chunked_) {
    part_ = Part::chunk_size;
  } else if (length_ && !has_coding_) {
    begin_body(*length_, *length_ > 0 ? Part::body : Part::done);
  } else {
    keep_alive_ = false;
    part_ = Part::body_to_close;
  }
}

void Http1Decoder::on_chunk_size(std::string_view line) {
  const auto size = parse_chunk_size(line);
  if (!size) return not_http("bad chunk");
  beside_body_ -= std::min(beside_body_, bare_chunk_line);
  begin_body(*size, *size > 0 ? Part::chunk : Part::trailers);
}

void Http1Decoder::begin_body(std::uint64_t size, Part part) {
  if (max_body_ > 0 && size > max_body_ - body_size_) return too_large();
  left_ = size;
  body_size_ += size;
  part_ = part;
  if (reply_.body.empty()) reply_.body.reserve(std::min(size, largest_first_reserve) + json_padding);
}

// RFC 9112, 8: a body in chunks is whole with its last one.
Http1Decoder::State Http1Decoder::finish(bool clean) {
  if (state() != State::head_or_body) return state();
  if (!has_begun()) return fail(ErrorKind::connect, "the server closed the connection without an answer");
  if (!has_head_) return fail(ErrorKind::incomplete, "the connection ended inside the answer's head");
  const bool is_whole = part_ == Part::trailers || (part_ == Part::body_to_close && clean);
  keep_alive_ = false;
  if (!is_whole) {
    return fail(ErrorKind::incomplete, "the connection ended inside the answer's body");
  }
  part_ = Part::done;
  return State::done;
}

Http1Decoder::State Http1Decoder::fail(ErrorKind kind, std::string detail) {
  failure_ = std::make_unique<Failure>(kind, std::move(detail));
  return State::failed;
}

void Http1Decoder::too_large() {
  fail(ErrorKind::protocol, fmt::format("the answer has more than {} bytes", max_body_));
}

void Http1Decoder::not_http(std::string_view why) {
  fail(ErrorKind::protocol, fmt::format("the answer is not HTTP/1.1: {}", why));
}

}  // namespace headway::net
