#pragma once

#include <map>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "wire/json_builder.hpp"

// A chat's messages in Gemini's words. What throws is an Error (`configuration`) that says what cannot be asked for.
namespace headway::wire::gemini {

[[noreturn]] void cannot_say(std::string_view what);

/// Takes messages in their order. System messages stand at the top, the results of tools in a user's content.
class Contents {
 public:
  /// Calls of functions that no answer of Gemini's signed get the word that its newer models take instead.
  explicit Contents(bool wants_signatures) : wants_signatures_(wants_signatures) {}

  void add(simdjson::dom::element message);
  /// Lists of "contents" and of the parts of "systemInstruction", JSON without brackets.
  std::string contents();
  const std::string& system() const { return system_.json(); }

 private:
  void add_spoken(simdjson::dom::object message, std::string_view role);
  void add_calls(simdjson::dom::object message);
  void add_result(simdjson::dom::object message);
  void end_results();

  JsonBuilder contents_, system_;
  std::map<std::string, std::string, std::less<>> functions_;  // names, by the id of their call
  bool wants_signatures_;
  bool in_results_ = false;
};

}  // namespace headway::wire::gemini
