#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "net/message.hpp"

namespace headway::net {

/// A request's head as nghttp2 takes it: names in small letters, and nothing that speaks of the connection. Points into
/// `head`, which must stay.
class Http2Head {
 public:
  explicit Http2Head(const RequestHead& head);
  Http2Head(const Http2Head&) = delete;
  Http2Head& operator=(const Http2Head&) = delete;

  /// For a body of that size; valid until the next call.
  const std::vector<nghttp2_nv>& with_length(std::size_t body_size);

 private:
  void add(const HeaderList& headers);

  std::string authority_;
  std::string length_;
  std::string names_;
  std::vector<nghttp2_nv> fields_;
  std::size_t own_ = 0;  // fields that do not depend on the body
};

}  // namespace headway::net
