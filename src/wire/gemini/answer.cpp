#include <optional>
#include <string>
#include <string_view>

#include "wire/chat_form.hpp"
#include "wire/gemini/candidate.hpp"
#include "wire/gemini/dialect.hpp"
#include "wire/gemini/usage.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

bool has(dom::object answer, std::string_view name) {
  dom::element value;
  return !answer[name].get(value) && !value.is_null();
}

void add_choice(JsonBuilder& out, const Candidate& candidate) {
  // What JSON leaves out is the first of protobuf's words: nobody said that it is whole.
  const auto reason = candidate.finish_reason.empty() ? "FINISH_REASON_UNSPECIFIED" : candidate.finish_reason;
  add_choice(out, candidate.index, candidate.said, finish_reason_of(reason, candidate.calls > 0), candidate.logprobs);
}

}  // namespace

std::optional<std::string> chat_of(std::string_view answer) {
  LenientJson json;
  const auto fields = json.read(answer);
  if (!fields || has(*fields, "error")) return std::nullopt;
  if (!has(*fields, "candidates") && !has(*fields, "promptFeedback") && !has(*fields, "usageMetadata"))
    return std::nullopt;
  const auto id = answer_id(*fields, answer);
  JsonBuilder out;
  begin_chat(out, "chat.completion", id, text_at(*fields, "modelVersion"));
  dom::array candidates;
  const bool has_candidates = !(*fields)["candidates"].get(candidates) && candidates.size() > 0;
  if (has_candidates) {
    for (const dom::element each : candidates) {
      dom::object candidate;
      if (!each.get(candidate)) add_choice(out, read_candidate(candidate, id, -1));
    }
  } else if (is_blocked(*fields)) {
    add_choice(out, 0, Said(), "content_filter");
  }
  out.close(']');
  if (const auto usage = usage_in(*fields)) add_usage(out, *usage, tier_in(*fields));
  return out.close('}').take();
}

}  // namespace headway::wire::gemini
