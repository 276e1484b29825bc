#include "job/answer/answer_json.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "wire/ascii.hpp"

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
  json::parse_options options;
  options.max_depth = 128;
  json::parser parser({}, options);
  json::error_code code;
  const auto parsed = parser.write_some(read.text.data(), read.text.size(), code);
  if (!code && parsed < read.text.size()) code = json::error::extra_data;
  if (code) {
    read.fault = fmt::format("{} at byte {} of {}", code.message(), parsed, read.text.size());
  } else {
    read.value = parser.release();
  }
  return read;
}

}  // namespace headway::job
