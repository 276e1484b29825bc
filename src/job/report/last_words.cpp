#include "job/report/last_words.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "job/report/failures.hpp"
#include "job/report/human.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;
constexpr std::size_t most_kept = 8;

Words words_said(const ErrorInfo& why, double at) {
  constexpr std::size_t longest = 200;
  Words words;
  words.status = why.status;
  words.kind = to_string(why.kind);
  words.text = wire::printable_line(why.status > 0 ? why.provider_message : why.message, longest);
  words.at = at;
  return words;
}

}  // namespace

void LastWords::said(const ErrorInfo& why, double at) {
  auto words = words_said(why, at);
  auto alike = fmt::format("{} {} {}", words.status, words.kind, blurred(words.text));
  const auto found = std::ranges::find(kept_, alike, &Kept::alike);
  words.times = found == kept_.end() ? 1 : found->words.times + 1;
  if (found != kept_.end()) {
    kept_.erase(found);
  } else if (kept_.size() == most_kept) {
    kept_.erase(kept_.begin());
  }
  kept_.push_back({std::move(alike), std::move(words)});
}

std::string words_text(const Words& words, double now) {
  const auto what = words.status > 0 ? fmt::format("HTTP {}", words.status) : words.kind;
  const auto ago = duration_text(std::chrono::duration<double>(std::max(0.0, now - words.at)));
  auto text = words.times == 1 ? fmt::format("{}, {} ago", what, ago)
                               : fmt::format("{}, {} times, the last {} ago", what, grouped(words.times), ago);
  if (!words.text.empty()) text += ": " + words.text;
  return text;
}

std::string words_json(const Words& words) {
  return json::serialize(json::object{
      {"status", words.status}, {"kind", words.kind}, {"text", words.text}, {"times", words.times}, {"at", words.at}});
}

std::optional<Words> words_of(std::string_view text) try {
  if (text.empty()) return std::nullopt;
  const auto told = json::parse(text);
  Words words;
  words.status = told.at("status").to_number<int>();
  words.kind = told.at("kind").as_string();
  words.text = told.at("text").as_string();
  words.times = told.at("times").to_number<std::uint64_t>();
  words.at = told.at("at").to_number<double>();
  return words;
} catch (const std::exception&) {  // as of another version
  return std::nullopt;
}

}  // namespace headway::job
