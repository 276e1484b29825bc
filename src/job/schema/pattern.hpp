#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "job/schema/steps.hpp"

namespace headway::job {

/// A regular expression as JSON Schema has it: ECMA 262 with the flag u, on characters, not on bytes. PCRE2 matches it, which
/// wants a lookbehind of one length. What only PCRE2 understands is refused. Any
/// number of threads.
class Pattern {
 public:
  /// Throws std::invalid_argument that says what is wrong.
  explicit Pattern(std::string_view expression);

  /// Whether it is found anywhere in `text`, valid UTF-8. Throws TooManySteps.
  bool is_in(std::string_view text, Steps& steps) const;

 private:
  struct Code;
  std::shared_ptr<const Code> code_;
};

}  // namespace headway::job
