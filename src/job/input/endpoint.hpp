#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace headway::job {

/// What a row may call.
enum class Endpoint { completions, chat, embeddings, responses };

constexpr std::array<std::string_view, 4> endpoint_paths{"/v1/completions", "/v1/chat/completions", "/v1/embeddings",
                                                         "/v1/responses"};

constexpr std::string_view path_of(Endpoint endpoint) noexcept {
  return endpoint_paths[static_cast<std::size_t>(endpoint)];
}

/// With or without "/v1", which Azure's Batch lines leave out. None: it is not one that is known.
constexpr std::optional<Endpoint> endpoint_of(std::string_view path) noexcept {
  constexpr std::string_view version = "/v1";
  for (std::size_t i = 0; i < endpoint_paths.size(); ++i) {
    if (endpoint_paths[i] == path || endpoint_paths[i].substr(version.size()) == path) return static_cast<Endpoint>(i);
  }
  return std::nullopt;
}

}  // namespace headway::job
