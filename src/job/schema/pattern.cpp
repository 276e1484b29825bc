#include "job/schema/pattern.hpp"

#include <array>
#include <stdexcept>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "job/schema/ecma_expression.hpp"

namespace headway::job {
namespace {

constexpr std::size_t longest_expression = 20'000;

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

std::string words_of(int fault) {
  std::array<PCRE2_UCHAR, 256> words{};
  pcre2_get_error_message(fault, words.data(), words.size());
  return reinterpret_cast<const char*>(words.data());
}

/// What a match has taken: PCRE2 tells at each item of the pattern how far it has looked.
struct Walked {
  Steps* steps;
  std::size_t position = 0;
};

int count_steps(pcre2_callout_block* block, void* data) {
  constexpr std::int64_t bytes_a_step = 16;
  auto& walked = *static_cast<Walked*>(data);
  const auto far = static_cast<std::int64_t>(block->current_position) - static_cast<std::int64_t>(walked.position);
  walked.position = block->current_position;
  return walked.steps->try_take(1 + (far < 0 ? -far : far) / bytes_a_step) ? 0 : PCRE2_ERROR_CALLOUT;
}

}  // namespace

struct Pattern::Compiled {
  std::unique_ptr<pcre2_code, FreeCode> code;
  std::unique_ptr<pcre2_match_data, FreeMatch> found;
  std::unique_ptr<pcre2_match_context, FreeContext> context;
};

Pattern::Pattern(std::string_view expression) {
  if (expression.size() > longest_expression) throw std::invalid_argument("it has more than 20,000 bytes");
  const auto text = pcre2_expression(expression);
  constexpr auto options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                           PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
  int fault = 0;
  PCRE2_SIZE place = 0;
  auto compiled = std::make_shared<Compiled>();
  compiled->code.reset(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &fault, &place, nullptr));
  if (!compiled->code) throw std::invalid_argument(words_of(fault));
  compiled->found.reset(pcre2_match_data_create(1, nullptr));
  compiled->context.reset(pcre2_match_context_create(nullptr));
  constexpr std::uint32_t heap_kib = 16 << 10;
  pcre2_set_heap_limit(compiled->context.get(), heap_kib);
  compiled_ = std::move(compiled);
}

bool Pattern::is_in(std::string_view text, Steps& steps) const {
  constexpr std::int64_t bytes_a_step = 64;
  steps.take(1 + static_cast<std::int64_t>(text.size()) / bytes_a_step);
  Walked walked{&steps};
  pcre2_set_callout(compiled_->context.get(), count_steps, &walked);
  const auto found = pcre2_match(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                 compiled_->found.get(), compiled_->context.get());
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) throw TooManySteps();
  return found >= 0;
}

}  // namespace headway::job
