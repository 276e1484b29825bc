#include "job/answer/judge.hpp"

#include <utility>

#include <fmt/format.h>

#include "job/answer/answer_json.hpp"
#include "wire/ascii.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

struct Finding {
  Verdict verdict = Verdict::usable;
  std::string detail;
};

Finding check_json(std::string_view text, const Expectation& expectation) {
  const auto read = read_json(text, expectation.fence_allowed);
  if (!read.value) return {Verdict::not_json, "the text is not JSON: " + read.fault};
  if (!expectation.schema) return {};
  auto fault = expectation.schema->fault_of(*read.value);
  if (!fault) return {};
  return {Verdict::not_valid, "the JSON is not what the schema says: " + std::move(*fault)};
}

Finding check_end(const Choice& choice) {
  switch (choice.ending) {
    case Ending::stop:
    case Ending::tool_calls:
      return {};
    case Ending::length:
      return {Verdict::cut, fmt::format("cut at the limit of its tokens ({})", choice.finish_reason)};
    case Ending::filtered:
      return {Verdict::filtered, "the provider's filter stopped it"};
    case Ending::refused:
      return {Verdict::refused, "the model refused to answer"};
    default:
      break;
  }
  constexpr std::size_t longest_word = 40;
  return {Verdict::unknown_end, fmt::format("it ended with \"{}\", which is no end that headway knows",
                                            wire::printable_line(choice.finish_reason, longest_word))};
}

Finding check(const Choice& choice, const Expectation& expectation, bool texts) {
  if (auto end = check_end(choice); end.verdict != Verdict::usable) return end;
  const bool blank = wire::without_blanks(choice.text).empty();
  if (blank && !choice.has_more_than_text) return {Verdict::empty, "it has no text and no tool call"};
  if (!texts || expectation.wanted != Expectation::Wanted::json) return {};
  if (blank) return {Verdict::not_json, "the text is not JSON: there are only tool calls"};
  return check_json(choice.text, expectation);
}

}  // namespace

bool has_text(std::string_view path) {
  return !path.ends_with("/embeddings");
}

Judgement judge(std::string_view path, const std::vector<Choice>& choices, const Expectation& expectation) {
  Judgement judgement;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    auto found = check(choices[i], expectation, has_text(path));
    if (found.verdict == Verdict::usable) continue;
    judgement.verdict = found.verdict;
    judgement.detail = choices.size() == 1 ? std::move(found.detail)
                                           : fmt::format("choice {} of {}: {}", i + 1, choices.size(), found.detail);
    return judgement;
  }
  return judgement;
}

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::usable:
      return "usable";
    case Verdict::cut:
      return "cut";
    case Verdict::filtered:
      return "filtered";
    case Verdict::refused:
      return "refused";
    case Verdict::empty:
      return "empty";
    case Verdict::not_json:
      return "not_json";
    case Verdict::not_valid:
      return "not_valid";
    case Verdict::unknown_end:
      return "unknown_end";
  }
  return "usable";
}

}  // namespace headway::job
