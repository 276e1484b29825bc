#include <optional>
#include <string>
#include <string_view>

#include "wire/anthropic/dialect.hpp"
#include "wire/anthropic/usage.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::anthropic {
namespace {

namespace dom = simdjson::dom;

/// The blocks of a message, as what OpenAI's message has of them.
struct Blocks {
  Blocks() {}

  std::string text, thought;
  bool has_text = false;
  JsonBuilder calls;

  void add(dom::object block) {
    const auto type = text_at(block, "type");
    if (type == "text") {
      text += text_at(block, "text");
      has_text = true;
    } else if (type == "thinking") {
      thought += text_at(block, "thinking");
    } else if (type == "tool_use") {
      add_call(block);
    }
  }

 private:
  void add_call(dom::object block) {
    dom::element input;
    calls.open('{').key("id").text(text_at(block, "id")).key("type").text("function").key("function").open('{');
    calls.key("name").text(text_at(block, "name")).key("arguments");
    calls.text(block["input"].get(input) ? "{}" : json_of(input)).close('}').close('}');
  }
};

void add_choice(JsonBuilder& out, const Blocks& blocks, std::string_view stop_reason) {
  out.open('{').key("index").number(0).key("message").open('{').key("role").text("assistant").key("content");
  if (blocks.has_text) {
    out.text(blocks.text);
  } else {
    out.raw("null");
  }
  out.key("refusal").raw("null");
  if (!blocks.thought.empty()) out.key("reasoning_content").text(blocks.thought);
  if (!blocks.calls.json().empty()) out.key("tool_calls").raw('[' + blocks.calls.json() + ']');
  out.close('}').key("logprobs").raw("null").key("finish_reason").text(finish_reason_of(stop_reason)).close('}');
}

}  // namespace

std::optional<std::string> chat_of(std::string_view answer) {
  LenientJson json;
  const auto message = json.read(answer);
  dom::array content;
  if (!message || text_at(*message, "type") == "error" || (*message)["content"].get(content)) return std::nullopt;
  Blocks blocks;
  for (const dom::element block : content) {
    dom::object fields;
    if (!block.get(fields)) blocks.add(fields);
  }
  JsonBuilder out;
  out.open('{').key("id").text(text_at(*message, "id")).key("object").text("chat.completion").key("created").number(0);
  out.key("model").text(text_at(*message, "model")).key("choices").open('[');
  add_choice(out, blocks, text_at(*message, "stop_reason"));
  out.close(']');
  if (const auto usage = usage_in(*message)) add_usage(out, *usage, tier_in(*message));
  return out.close('}').take();
}

}  // namespace headway::wire::anthropic
