#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headway/error.hpp>

#include "wire/anthropic/dialect.hpp"
#include "wire/anthropic/usage.hpp"
#include "wire/chat_form.hpp"
#include "wire/json_builder.hpp"
#include "wire/json_fields.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::anthropic {
namespace {

namespace dom = simdjson::dom;

/// message_start, content_block_start, _delta and _stop, message_delta, message_stop, ping, and what is to come.
class Events final : public EventTranslator {
 public:
  std::vector<std::string> chunks_of(const SseEvent& event) override {
    const auto fields = json_.read(event.data);
    if (!fields) throw unreadable(event.data, simdjson::TAPE_ERROR);
    const auto type = event.type.empty() ? text_at(*fields, "type") : event.type;
    if (type == "message_start") return started(*fields);
    if (type == "content_block_start") return block_started(*fields);
    if (type == "content_block_delta") return block_goes_on(*fields);
    if (type == "content_block_stop") return block_ended();
    if (type == "message_delta") return ending(*fields);
    if (type == "message_stop") return {"[DONE]"};
    return {};
  }

 private:
  std::vector<std::string> started(dom::object event) {
    const auto message = object_at(event, "message").value_or(event);
    id_ = text_at(message, "id");
    model_ = text_at(message, "model");
    take_usage(message);
    return {chunk(R"({"role":"assistant","content":""})", "")};
  }

  std::vector<std::string> block_started(dom::object event) {
    const auto block = object_at(event, "content_block");
    if (!block) return {};
    if (text_at(*block, "type") == "text" && !text_at(*block, "text").empty()) {
      return {of_text("content", text_at(*block, "text"))};
    }
    if (text_at(*block, "type") == "redacted_thinking") return of_thought(json_of(*block));
    if (text_at(*block, "type") != "tool_use") return {};
    const auto call = static_cast<std::int64_t>(calls_.size());
    calls_[block_of(event)] = call;
    Said said;
    ToolCall begun;
    begun.index = call;
    begun.id = text_at(*block, "id");
    begun.name = text_at(*block, "name");
    add_call(said.calls, begun);
    return {chunk(delta_of(said), "")};
  }

  std::vector<std::string> block_goes_on(dom::object event) {
    const auto delta = object_at(event, "delta");
    if (!delta) return {};
    const auto type = text_at(*delta, "type");
    if (type == "text_delta") return {of_text("content", text_at(*delta, "text"))};
    if (type == "thinking_delta") return thought(text_at(*delta, "thinking"));
    if (type == "signature_delta") signature_ += text_at(*delta, "signature");
    const auto call = calls_.find(block_of(event));
    if (type != "input_json_delta" || call == calls_.end()) return {};
    JsonBuilder out;
    out.open('{').key("tool_calls").open('[').open('{').key("index").number(call->second).key("function").open('{');
    out.key("arguments").text(text_at(*delta, "partial_json")).close('}').close('}').close(']').close('}');
    return {chunk(out.json(), "")};
  }

  std::vector<std::string> thought(std::string_view text) {
    thought_ += text;
    return {of_text("reasoning_content", text)};
  }

  // Anthropic wants all of a block back, and its signature comes last.
  std::vector<std::string> block_ended() {
    const auto text = std::exchange(thought_, {}), signature = std::exchange(signature_, {});
    if (signature.empty()) return {};
    JsonBuilder block;
    block.open('{').key("type").text("thinking").key("thinking").text(text).key("signature").text(signature).close('}');
    return of_thought(block.json());
  }

  std::vector<std::string> of_thought(std::string_view block) const {
    Said said;
    said.thoughts.raw(block);
    return {chunk(delta_of(said), "")};
  }

  std::vector<std::string> ending(dom::object event) {
    take_usage(event);
    const auto delta = object_at(event, "delta").value_or(event);
    return {chunk("{}", finish_reason_of(text_at(delta, "stop_reason")), true)};
  }

  static std::int64_t block_of(dom::object event) {
    std::int64_t index = 0;
    return event["index"].get(index) ? 0 : index;
  }

  std::string of_text(std::string_view name, std::string_view text) const {
    JsonBuilder delta;
    return chunk(delta.open('{').key(name).text(text).close('}').json(), "");
  }

  std::string chunk(std::string_view delta, std::string_view finish_reason, bool with_usage = false) const {
    JsonBuilder out;
    begin_chat(out, "chat.completion.chunk", id_, model_);
    add_delta(out, 0, delta, finish_reason);
    out.close(']');
    if (with_usage) add_usage(out, usage_, tier_);
    return out.close('}').take();
  }

  // Each event tells a part, and a later one more of it.
  void take_usage(dom::object holder) {
    if (auto tier = tier_in(holder); !tier.empty()) tier_ = std::move(tier);
    const auto told = usage_in(holder);
    if (!told) return;
    for (const auto count : {&Usage::prompt_tokens, &Usage::completion_tokens, &Usage::cached_tokens,
                             &Usage::cache_write_tokens, &Usage::cache_write_1h_tokens}) {
      usage_.*count = std::max(usage_.*count, (*told).*count);
    }
    usage_.total_tokens = usage_.prompt_tokens + usage_.completion_tokens;
  }

  LenientJson json_;
  std::string id_, model_, tier_;
  std::string thought_, signature_;  // of the block that has not ended
  Usage usage_;
  std::map<std::int64_t, std::int64_t> calls_;  // by the index of their block
};

}  // namespace

std::unique_ptr<EventTranslator> event_translator() {
  return std::make_unique<Events>();
}

}  // namespace headway::wire::anthropic
