#include "job/answer/answer_json.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "wire/ascii.hpp"
#include "wire/surrogates.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;
constexpr std::string_view fence = "```";

bool is_fenced(std::string_view text) {
  return text.size() >= 2 * fence.size() && text.starts_with(fence) && text.ends_with(fence);
}

// What stands between the fences, without the word behind the first: "json".
std::string_view without_fence(std::string_view text) {
  text = text.substr(fence.size(), text.size() - 2 * fence.size());
  if (wire::starts_with_word(text, "json")) text.remove_prefix(4);
  return wire::without_blanks(text);
}

// Whether it is JSON.
bool parse(std::string_view text, AnswerJson& read) {
  json::parse_options options;
  options.max_depth = 128;
  json::parser parser({}, options);
  json::error_code code;
  const auto parsed = parser.write_some(text.data(), text.size(), code);
  if (!code && parsed < text.size()) code = json::error::extra_data;
  if (code) {
    read.fault = fmt::format("{} at byte {} of {}", code.message(), parsed, text.size());
  } else {
    read.fault.clear();
    read.value = parser.release();
  }
  return !code;
}

}  // namespace

AnswerJson read_json(std::string_view text, bool fence_allowed) {
  AnswerJson read;
  read.text = wire::without_blanks(text);
  const bool fenced = is_fenced(read.text);
  if (fenced && !fence_allowed) {
    read.fault = "it stands in a ``` fence, which only --select json takes off";
    return read;
  }
  if (fenced) read.text = without_fence(read.text);
  if (!parse(read.text, read)) {
    auto mended = wire::with_whole_surrogates(read.text);
    if (mended != read.text && parse(mended, read)) read.mended = std::move(mended);
  }
  return read;
}

}  // namespace headway::job
