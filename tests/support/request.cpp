#include "support/request.hpp"

#include <cctype>
#include <charconv>
#include <sstream>

namespace headway::test {
namespace {

constexpr std::size_t max_line = 64 * 1024;
constexpr std::size_t max_body = 64 * 1024 * 1024;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::size_t number(const std::string& text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) throw MalformedRequest("not a size: " + text);
  if (value > max_body) throw MalformedRequest("a body too large for a test: " + text);
  return value;
}

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return std::string();
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

bool RequestReader::fill() {
  char bytes[16 * 1024];
  const auto got = stream_.read_some(bytes, sizeof bytes);
  if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

void RequestReader::fill_to(std::size_t size) {
  while (buffer_.size() < size) {
    if (!fill()) throw UnfinishedRequest();
  }
}

std::string RequestReader::line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (buffer_.size() > max_line) throw MalformedRequest("a line too long");
    if (!fill()) throw UnfinishedRequest();
  }
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

std::string RequestReader::bytes(std::size_t size) {
  fill_to(size);
  std::string text = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return text;
}

void RequestReader::read_fields(Request& request) {
  for (std::string field = line(); !field.empty(); field = line()) {
    const auto colon = field.find(':');
    if (colon == 0 || colon == std::string::npos) throw MalformedRequest("not a header: " + field);
    std::string& value = request.headers[lower(field.substr(0, colon))];
    if (!value.empty()) value += ", ";
    value += trim(field.substr(colon + 1));
  }
}

Request RequestReader::head() {
  Request request;
  std::istringstream words(line());
  std::string version;
  std::string more;
  words >> request.method >> request.target >> version;
  if (version != "HTTP/1.1" || words >> more) throw MalformedRequest("not a request line: " + words.str());
  read_fields(request);
  return request;
}

std::string RequestReader::chunked_body() {
  std::string body;
  for (;;) {
    const std::string size_line = line();
    const std::size_t size = number(size_line.substr(0, size_line.find(';')), 16);
    if (size > 0) body += bytes(size);
    if (!line().empty()) throw MalformedRequest("a chunk without its end");
    if (size == 0) return body;
  }
}

std::optional<Request> RequestReader::next() {
  if (buffer_.empty() && !fill()) return std::nullopt;
  Request request = head();
  request.server_name = stream_.server_name();
  request.resumed = stream_.is_resumed();
  const std::string length = request.header("content-length");
  if (request.header("transfer-encoding") == "chunked") {
    if (!length.empty()) throw MalformedRequest("both Content-Length and chunked");
    request.body = chunked_body();
  } else if (!length.empty()) {
    request.body = bytes(number(length, 10));
  }
  return request;
}

}  // namespace headway::test
