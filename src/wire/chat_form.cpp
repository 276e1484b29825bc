#include "wire/chat_form.hpp"

namespace headway::wire {
namespace {

void add_finish(JsonBuilder& out, std::string_view finish_reason) {
  out.key("finish_reason");
  if (finish_reason.empty()) {
    out.raw("null");
  } else {
    out.text(finish_reason);
  }
}

// Besides its text.
void add_more(JsonBuilder& out, const Said& said) {
  if (!said.thought.empty()) out.key("reasoning_content").text(said.thought);
  if (!said.thoughts.json().empty()) out.key("thinking_blocks").raw('[' + said.thoughts.json() + ']');
  if (!said.calls.json().empty()) out.key("tool_calls").raw('[' + said.calls.json() + ']');
  if (!said.images.json().empty()) out.key("images").raw('[' + said.images.json() + ']');
  if (!said.extra.empty()) out.key("extra_content").raw(said.extra);
}

}  // namespace

void add_call(JsonBuilder& calls, const ToolCall& call) {
  calls.open('{');
  if (call.index >= 0) calls.key("index").number(call.index);
  calls.key("id").text(call.id).key("type").text("function").key("function").open('{');
  calls.key("name").text(call.name).key("arguments").text(call.arguments).close('}');
  if (!call.extra.empty()) calls.key("extra_content").raw(call.extra);
  calls.close('}');
}

void begin_chat(JsonBuilder& out, std::string_view object, std::string_view id, std::string_view model) {
  out.open('{').key("id").text(id).key("object").text(object).key("created").number(0);
  out.key("model").text(model).key("choices").open('[');
}

void add_choice(JsonBuilder& out, std::int64_t index, const Said& said, std::string_view finish_reason,
                std::string_view logprobs) {
  out.open('{').key("index").number(index).key("message").open('{').key("role").text("assistant").key("content");
  if (said.has_text) {
    out.text(said.text);
  } else {
    out.raw("null");
  }
  out.key("refusal").raw("null");
  add_more(out, said);
  out.close('}').key("logprobs").raw(logprobs);
  add_finish(out, finish_reason);
  out.close('}');
}

void add_delta(JsonBuilder& out, std::int64_t index, std::string_view delta, std::string_view finish_reason,
               std::string_view logprobs) {
  out.open('{').key("index").number(index).key("delta").raw(delta);
  if (!logprobs.empty() && logprobs != "null") out.key("logprobs").raw(logprobs);
  add_finish(out, finish_reason);
  out.close('}');
}

std::string delta_of(const Said& said) {
  JsonBuilder out;
  out.open('{');
  if (said.has_text) out.key("content").text(said.text);
  add_more(out, said);
  return out.close('}').take();
}

void add_usage(JsonBuilder& out, const Usage& usage, std::string_view tier) {
  out.key("usage").open('{').key("prompt_tokens").number(usage.prompt_tokens);
  out.key("completion_tokens").number(usage.completion_tokens).key("total_tokens").number(usage.total_tokens);
  out.key("prompt_tokens_details").open('{').key("cached_tokens").number(usage.cached_tokens);
  out.key("cache_write_tokens").number(usage.cache_write_tokens);
  out.key("ephemeral_1h_input_tokens").number(usage.cache_write_1h_tokens).close('}');
  if (usage.reasoning_tokens > 0) {
    out.key("completion_tokens_details").open('{').key("reasoning_tokens").number(usage.reasoning_tokens).close('}');
  }
  out.close('}');
  if (!tier.empty()) out.key("service_tier").text(tier);
}

}  // namespace headway::wire
