#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <headway/error.hpp>

namespace headway::wire {

/// What a request for embeddings says besides its texts.
struct EmbeddingsFields {
  std::string model;
  std::optional<int> dimensions;
  std::string encoding_format;  ///< empty: not sent
  std::string extra_body;
};

/// The body of POST /v1/embeddings. Throws Error (`configuration`) as completion_body does.
std::string embeddings_body(const std::vector<std::string_view>& texts, const EmbeddingsFields& fields);

/// Reads the answer to `asked` texts: numbers, or base64 of little-endian floats, whichever came. Each by its `index`, never by
/// its place. `body` is as before. Gives `protocol` for what lacks one, has one twice, or holds what is no number; `all` is
/// then of no use.
std::optional<Error> read_embeddings(std::string& body, std::size_t asked, std::vector<std::vector<float>>& all);

/// Whether a refusal says that the request has too many texts or tokens, so that fewer at a time may be taken.
bool is_too_large(const ErrorInfo& refusal);

}  // namespace headway::wire
