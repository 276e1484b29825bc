#include "net/http2_head.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/ascii.hpp"

namespace headway::net {
namespace {

std::uint8_t* field_bytes(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {field_bytes(name), field_bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// RFC 9113, 8.2.2: what speaks of the connection has no place in HTTP/2.
bool speaks_of_connection(std::string_view name) {
  constexpr std::string_view names[] = {"host",    "connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                        "upgrade", "te"};
  return std::ranges::find(names, name) != std::end(names);
}

}  // namespace

Http2Head::Http2Head(const RequestHead& head) : authority_(head.origin.authority()) {
  fields_.reserve(head.headers.size() + 5);
  fields_.push_back(field(":method", head.method));
  fields_.push_back(field(":scheme", head.origin.tls ? "https" : "http"));
  fields_.push_back(field(":authority", authority_));
  fields_.push_back(field(":path", head.target));
  add(head.headers);
  own_ = fields_.size();
}

const std::vector<nghttp2_nv>& Http2Head::with_length(std::size_t body_size) {
  fields_.resize(own_);
  if (body_size == 0) return fields_;
  length_ = std::to_string(body_size);
  fields_.push_back(field("content-length", length_));
  return fields_;
}

void Http2Head::add(const HeaderList& headers) {
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size();
  names_.reserve(size);  // so that it does not move
  for (const auto& [name, value] : headers) {
    const auto start = names_.size();
    std::ranges::transform(name, std::back_inserter(names_), lower);
    const auto small = std::string_view(names_).substr(start);
    if (!speaks_of_connection(small)) fields_.push_back(field(small, value));
  }
}

}  // namespace headway::net
