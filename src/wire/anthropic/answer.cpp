#include <optional>
#include <string>
#include <string_view>

#include "wire/anthropic/dialect.hpp"
#include "wire/anthropic/usage.hpp"
#include "wire/chat_form.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::anthropic {
namespace {

namespace dom = simdjson::dom;

void add_block(Said& said, dom::object block) {
  const auto type = text_at(block, "type");
  if (type == "text") {
    said.text += text_at(block, "text");
    said.has_text = true;
  } else if (type == "thinking") {
    said.thought += text_at(block, "thinking");
    said.thoughts.raw(json_of(block));
  } else if (type == "redacted_thinking") {
    said.thoughts.raw(json_of(block));
  } else if (type == "tool_use") {
    dom::element input;
    ToolCall call;
    call.id = text_at(block, "id");
    call.name = text_at(block, "name");
    call.arguments = block["input"].get(input) ? "{}" : json_of(input);
    add_call(said.calls, call);
  }
}

}  // namespace

std::optional<std::string> chat_of(std::string_view answer) {
  LenientJson json;
  const auto message = json.read(answer);
  dom::array content;
  if (!message || text_at(*message, "type") == "error" || (*message)["content"].get(content)) return std::nullopt;
  Said said;
  for (const dom::element block : content) {
    dom::object fields;
    if (!block.get(fields)) add_block(said, fields);
  }
  JsonBuilder out;
  begin_chat(out, "chat.completion", text_at(*message, "id"), text_at(*message, "model"));
  add_choice(out, 0, said, finish_reason_of(text_at(*message, "stop_reason")));
  out.close(']');
  if (const auto usage = usage_in(*message)) add_usage(out, *usage, tier_in(*message));
  return out.close('}').take();
}

}  // namespace headway::wire::anthropic
