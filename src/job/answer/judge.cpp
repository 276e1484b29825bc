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

Finding check_json(std::string_view text, const Expectation& expectation, Steps& steps) {
  const auto read = read_json(text, expectation.fence_allowed);
  if (!read.value) return {Verdict::not_json, "the text is not JSON: " + read.fault};
  if (!expectation.schema) return {};
  auto fault = expectation.schema->fault_of(*read.value, steps);
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

Finding check(const Choice& choice, const Expectation& expectation, bool texts, Steps& steps) {
  if (auto end = check_end(choice); end.verdict != Verdict::usable) return end;
  const bool blank = wire::without_blanks(choice.text).empty();
  if (blank && !choice.has_more_than_text) return {Verdict::empty, "it has no text and no tool call"};
  if (texts && !expectation.choices.empty() && !choice_of(expectation, choice.text)) {
    return {Verdict::not_a_choice, "the text is none of --choices"};
  }
  if (!texts || expectation.wanted != Expectation::Wanted::json) return {};
  if (blank) return {Verdict::not_json, "the text is not JSON: there are only tool calls"};
  return check_json(choice.text, expectation, steps);
}

/// What an answer of one path is held against.
class Check {
 public:
  Check(std::string_view path, const Expectation& expectation) : expectation_(expectation), texts_(has_text(path)) {}

  Finding whole(const Choice& choice) const {
    Steps steps;
    auto found = within(choice, steps);
    if (found) return *std::move(found);
    return {Verdict::not_valid,
            fmt::format("judging it takes more than {} steps: the schema's patterns or choices go too many ways for it",
                        Steps::most)};
  }

  /// Nothing: it takes more than these steps.
  std::optional<Finding> within(const Choice& choice, Steps& steps) const try {
    return check(choice, expectation_, texts_, steps);
  } catch (const TooManySteps&) {
    return std::nullopt;
  }

  /// To read a text is some 10 ns a byte.
  bool is_long(const std::vector<Choice>& choices) const {
    constexpr std::size_t short_bytes = 64 << 10;
    if (!texts_ || expectation_.wanted != Expectation::Wanted::json) return false;
    std::size_t bytes = 0;
    for (const auto& choice : choices) bytes += choice.text.size();
    return bytes > short_bytes;
  }

 private:
  const Expectation& expectation_;
  bool texts_;
};

/// By the first choice that is not usable; nothing if that much cannot be found.
template <class Found>
std::optional<Judgement> judge_each(const std::vector<Choice>& choices, Found found) {
  Judgement judgement;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    std::optional<Finding> one = found(choices[i]);
    if (!one) return std::nullopt;
    if (one->verdict == Verdict::usable) continue;
    judgement.verdict = one->verdict;
    judgement.detail = choices.size() == 1 ? std::move(one->detail)
                                           : fmt::format("choice {} of {}: {}", i + 1, choices.size(), one->detail);
    return judgement;
  }
  return judgement;
}

std::optional<Judgement> judge_in_few_steps(const Check& check, const std::vector<Choice>& choices) {
  Steps steps(Steps::few);
  return judge_each(choices, [&](const Choice& choice) { return check.within(choice, steps); });
}

}  // namespace

bool has_text(std::string_view path) {
  return !path.ends_with("/embeddings");
}

Judgement judge(std::string_view path, const std::vector<Choice>& choices, const Expectation& expectation) {
  const Check check(path, expectation);
  return *judge_each(choices, [&](const Choice& choice) { return std::optional(check.whole(choice)); });
}

std::optional<Judgement> judge_quickly(std::string_view path, const std::vector<Choice>& choices,
                                       const Expectation& expectation) {
  const Check check(path, expectation);
  if (check.is_long(choices)) return std::nullopt;
  return judge_in_few_steps(check, choices);
}

Judgement judge_in_haste(std::string_view path, const std::vector<Choice>& choices, const Expectation& expectation) {
  if (auto judgement = judge_in_few_steps(Check(path, expectation), choices)) return *std::move(judgement);
  Judgement unknown;
  unknown.verdict = Verdict::not_valid;
  unknown.detail = "it was not judged to its end, which takes long: the run was given up meanwhile";
  return unknown;
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
    case Verdict::not_a_choice:
      return "not_a_choice";
  }
  return "usable";
}

}  // namespace headway::job
