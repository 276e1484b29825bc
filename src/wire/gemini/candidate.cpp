#include "wire/gemini/candidate.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

// As Google's own compatible servers have it: what OpenAI has no word for, to be sent back in the next turn.
std::string extra_of(std::string_view signature) {
  if (signature.empty()) return {};
  JsonBuilder out;
  out.open('{').key("google").open('{').key("thought_signature").text(signature).close('}').close('}');
  return out.take();
}

/// Takes the parts of one candidate.
class PartsReader {
 public:
  PartsReader(Candidate& to, std::string_view answer_id, bool streamed)
      : to_(to), answer_id_(answer_id), streamed_(streamed) {}

  void read(dom::object part) {
    const auto signature = text_at(part, "thoughtSignature");
    if (const auto call = object_at(part, "functionCall")) return read_call(*call, signature);
    if (!signature.empty()) to_.said.extra = extra_of(signature);
    if (const auto inlined = object_at(part, "inlineData")) return read_inlined(*inlined);
    std::string_view text;
    if (!part["text"].get(text)) read_text(part, text);
  }

 private:
  void read_text(dom::object part, std::string_view text) {
    bool is_thought = false;
    if (!part["thought"].get(is_thought) && is_thought) {
      to_.said.thought += text;
    } else {
      to_.said.text += text;
      to_.said.has_text = true;
    }
  }

  void read_call(dom::object function, std::string_view signature) {
    dom::element arguments;
    ToolCall call;
    const auto number = to_.calls++;
    const auto made_up = fmt::format("call_{}_{}_{}", answer_id_, to_.index, number);
    const auto own = text_at(function, "id");
    if (streamed_) call.index = number;
    call.id = own.empty() ? std::string_view(made_up) : own;
    call.name = text_at(function, "name");
    call.arguments = function["args"].get(arguments) || arguments.is_null() ? "{}" : json_of(arguments);
    call.extra = extra_of(signature);
    add_call(to_.said.calls, call);
  }

  void read_inlined(dom::object inlined) {
    const auto type = text_at(inlined, "mimeType");
    if (!type.starts_with("image/")) return;
    const auto url = fmt::format("data:{};base64,{}", type, text_at(inlined, "data"));
    to_.said.images.open('{').key("type").text("image_url").key("image_url").open('{').key("url").text(url);
    to_.said.images.close('}').close('}');
  }

  Candidate& to_;
  std::string_view answer_id_;
  bool streamed_;
};

}  // namespace

Candidate read_candidate(dom::object fields, std::string_view answer_id, std::int64_t calls_before) {
  Candidate candidate;
  candidate.index = index_of(fields);
  candidate.finish_reason = text_at(fields, "finishReason");
  candidate.logprobs = logprobs_of(fields);
  candidate.calls = std::max<std::int64_t>(0, calls_before);
  dom::array parts;
  const auto content = object_at(fields, "content");
  if (!content || (*content)["parts"].get(parts)) return candidate;
  PartsReader reader(candidate, answer_id, calls_before >= 0);
  for (const dom::element part : parts) {
    dom::object said;
    if (!part.get(said)) reader.read(said);
  }
  return candidate;
}

std::int64_t index_of(dom::object candidate) {
  std::int64_t index = 0;
  return candidate["index"].get(index) ? 0 : index;
}

std::string_view finish_reason_of(std::string_view finish_reason, bool has_calls) {
  constexpr std::string_view filtered[] = {"SAFETY",
                                           "RECITATION",
                                           "BLOCKLIST",
                                           "PROHIBITED_CONTENT",
                                           "SPII",
                                           "MODEL_ARMOR",
                                           "IMAGE_SAFETY",
                                           "IMAGE_PROHIBITED_CONTENT",
                                           "IMAGE_RECITATION"};
  if (finish_reason == "STOP") return has_calls ? "tool_calls" : "stop";
  if (finish_reason == "MAX_TOKENS") return "length";
  return std::ranges::find(filtered, finish_reason) == std::end(filtered) ? finish_reason : "content_filter";
}

bool is_blocked(dom::object answer) {
  const auto feedback = object_at(answer, "promptFeedback");
  return feedback && !text_at(*feedback, "blockReason").empty();
}

std::string answer_id(dom::object answer, std::string_view bytes) {
  const auto own = text_at(answer, "responseId");
  return own.empty() ? fmt::format("{:016x}", std::hash<std::string_view>()(bytes)) : std::string(own);
}

}  // namespace headway::wire::gemini
