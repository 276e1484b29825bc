#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace headway::job {

/// What became of reading an answer's text as JSON.
struct AnswerJson {
  AnswerJson() {}

  std::optional<boost::json::value> value;  ///< none: it is not JSON
  std::string_view text;  ///< the JSON itself, without blanks and fence around it; a view into what was read
  std::string mended;     ///< the same, if it had half a surrogate pair, which is U+FFFD here; else empty
  std::string fault;      ///< why it is not JSON, and where; nothing of the text

  std::string_view json() const { return mended.empty() ? text : std::string_view(mended); }
};

/// Reads the whole of `text`: any JSON value, at most 128 levels deep. With `fence_allowed` it may be the one content of a
/// Markdown fence.
AnswerJson read_json(std::string_view text, bool fence_allowed);

}  // namespace headway::job
