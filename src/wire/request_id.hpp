#pragma once

#include <string_view>

#include "base/header_list.hpp"

namespace headway::wire {

/// The name that a provider's support asks for: OpenAI's `x-request-id`, Anthropic's `request-id`; empty: none came.
inline std::string_view request_id(const HeaderList& headers) {
  const auto openais = headers.find("x-request-id");
  return openais ? *openais : headers.value("request-id");
}

}  // namespace headway::wire
