#include "wire/gemini/parts.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/chat_question.hpp"
#include "wire/gemini/media.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

// What Google's documents give for calls of functions that come from elsewhere: newer models refuse those that have none.
constexpr std::string_view no_signature = "skip_thought_signature_validator";

std::string_view signature_in(dom::object said) {
  const auto extra = object_at(said, "extra_content");
  const auto google = extra ? object_at(*extra, "google") : std::nullopt;
  return google ? text_at(*google, "thought_signature") : std::string_view();
}

void add_all_parts(JsonBuilder& out, dom::object message) {
  if (!each_part(message, [&out](dom::element part) { add_part(out, part); })) {
    cannot_say("a message whose content is neither a text nor parts");
  }
}

std::string text_of_result(dom::object message) {
  std::string all;
  const bool readable = each_part(message, [&all](dom::element part) {
    std::string_view text;
    dom::object fields;
    const bool is_text = !part.get(text) || (!part.get(fields) && !fields["text"].get(text));
    if (!is_text) cannot_say("a tool's result that is no text");
    all += text;
  });
  if (!readable) cannot_say("a tool's result that is no text");
  return all;
}

// Gemini wants an object; one that is none stands where its documents want what a function gave.
void add_response(JsonBuilder& out, const std::string& result) {
  LenientJson json;
  if (const auto fields = json.read(result)) {
    out.raw(json_of(*fields));
  } else {
    out.open('{').key("output").text(result).close('}');
  }
}

}  // namespace

void cannot_say(std::string_view what) {
  throw Error(ErrorKind::configuration, fmt::format("Gemini cannot be asked for {}", what));
}

void Contents::add(dom::element message) {
  dom::object fields;
  if (message.get(fields)) cannot_say("a message that is no object");
  const auto role = text_at(fields, "role");
  if (role == "system" || role == "developer") return add_all_parts(system_, fields);
  if (role == "tool") return add_result(fields);
  end_results();
  if (role != "user" && role != "assistant") cannot_say(fmt::format("a message of the role '{}'", role));
  add_spoken(fields, role);
}

void Contents::add_spoken(dom::object message, std::string_view role) {
  const bool is_models = role == "assistant";
  contents_.open('{').key("role").text(is_models ? "model" : "user").key("parts").open('[');
  const auto before = contents_.json().size();
  add_all_parts(contents_, message);
  if (const auto signature = is_models ? signature_in(message) : std::string_view(); !signature.empty()) {
    contents_.open('{').key("text").text("").key("thoughtSignature").text(signature).close('}');
  }
  if (is_models) add_calls(message);
  const bool says_nothing = contents_.json().size() == before;
  if (says_nothing) contents_.raw(R"({"text":""})");  // Gemini takes no message without parts
  contents_.close(']').close('}');
}

void Contents::add_calls(dom::object message) {
  dom::array calls;
  if (message["tool_calls"].get(calls)) return;
  bool first = true;
  for (const dom::element each : calls) {
    dom::object call;
    if (each.get(call)) continue;
    const auto function = object_at(call, "function");
    if (!function) cannot_say("a tool call that is no function's");
    const auto arguments = arguments_of(*function);
    if (!arguments) cannot_say("a tool call whose arguments are no JSON object");
    const auto id = text_at(call, "id"), name = text_at(*function, "name");
    functions_[std::string(id)] = name;
    contents_.open('{').key("functionCall").open('{');
    if (!id.empty()) contents_.key("id").text(id);
    contents_.key("name").text(name).key("args").raw(*arguments).close('}');
    const auto signature = signature_in(call);
    if (!signature.empty()) {
      contents_.key("thoughtSignature").text(signature);
    } else if (first && wants_signatures_) {
      contents_.key("thoughtSignature").text(no_signature);
    }
    contents_.close('}');
    first = false;
  }
}

void Contents::add_result(dom::object message) {
  if (!in_results_) contents_.open('{').key("role").text("user").key("parts").open('[');
  in_results_ = true;
  const auto id = text_at(message, "tool_call_id");
  const auto known = functions_.find(id);
  const auto name = known == functions_.end() ? text_at(message, "name") : std::string_view(known->second);
  if (name.empty()) cannot_say("a tool's result whose 'tool_call_id' no message before it has");
  contents_.open('{').key("functionResponse").open('{');
  if (!id.empty()) contents_.key("id").text(id);
  contents_.key("name").text(name).key("response");
  add_response(contents_, text_of_result(message));
  contents_.close('}').close('}');
}

void Contents::end_results() {
  if (in_results_) contents_.close(']').close('}');
  in_results_ = false;
}

std::string Contents::contents() {
  end_results();
  return contents_.take();
}

}  // namespace headway::wire::gemini
