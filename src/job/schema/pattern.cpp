#include "job/schema/pattern.hpp"

#include <array>
#include <new>
#include <stdexcept>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "job/schema/ecma_expression.hpp"

namespace headway::job {
namespace {

constexpr std::size_t longest_expression = 20'000;

struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

/// What a match writes into; compiled patterns are only read.
struct Workspace {
  Workspace() {
    constexpr std::uint32_t heap_kib = 16 << 10;
    if (!found || !context) throw std::bad_alloc();
    pcre2_set_heap_limit(context.get(), heap_kib);
  }

  std::unique_ptr<pcre2_match_data, FreeMatch> found{pcre2_match_data_create(1, nullptr)};
  std::unique_ptr<pcre2_match_context, FreeContext> context{pcre2_match_context_create(nullptr)};
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

struct Pattern::Code {
  explicit Code(pcre2_code* code_) : code(code_) {}
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }

  pcre2_code* code;
};

Pattern::Pattern(std::string_view expression) {
  if (expression.size() > longest_expression) throw std::invalid_argument("it has more than 20,000 bytes");
  const auto text = pcre2_expression(expression);
  constexpr auto options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                           PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
  int fault = 0;
  PCRE2_SIZE place = 0;
  auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &fault, &place, nullptr);
  if (code == nullptr) throw std::invalid_argument(words_of(fault));
  code_ = std::make_shared<const Code>(code);
}

bool Pattern::is_in(std::string_view text, Steps& steps) const {
  constexpr std::int64_t bytes_a_step = 64;
  steps.take(1 + static_cast<std::int64_t>(text.size()) / bytes_a_step);
  static thread_local const Workspace workspace;
  Walked walked{&steps};
  pcre2_set_callout(workspace.context.get(), count_steps, &walked);
  const auto found = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                 workspace.found.get(), workspace.context.get());
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) throw TooManySteps();
  return found >= 0;
}

}  // namespace headway::job
