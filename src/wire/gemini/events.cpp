#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat_form.hpp"
#include "wire/gemini/candidate.hpp"
#include "wire/gemini/dialect.hpp"
#include "wire/gemini/usage.hpp"
#include "wire/json_fields.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

/// Each event is a whole response, with what is new of each candidate, and all that was taken so far. There is no last one
/// but by its candidates' ends.
class ResponseEvents final : public EventTranslator {
 public:
  std::vector<std::string> chunks_of(const SseEvent& event) override {
    const auto fields = json_.read(event.data);
    if (!fields) throw unreadable(event.data, simdjson::TAPE_ERROR);
    dom::element error;
    if (!(*fields)["error"].get(error) && !error.is_null())
      return {std::string(event.data)};  // an error is said as OpenAI says it
    if (id_.empty()) id_ = answer_id(*fields, event.data);
    JsonBuilder out;
    begin_chat(out, "chat.completion.chunk", id_, text_at(*fields, "modelVersion"));
    add_candidates(out, *fields);
    out.close(']');
    // Until all has ended it is not all that will be charged.
    const auto usage = all_ended() ? usage_in(*fields) : std::nullopt;
    if (usage) add_usage(out, *usage, tier_in(*fields));
    return {out.close('}').take()};
  }

 private:
  struct State {
    std::int64_t calls = 0;
    bool ended = false;
  };

  void add_candidates(JsonBuilder& out, dom::object answer) {
    dom::array candidates;
    const bool has_candidates = !answer["candidates"].get(candidates) && candidates.size() > 0;
    if (!has_candidates && is_blocked(answer)) {
      states_[0].ended = true;
      add_delta(out, 0, "{}", "content_filter");
    }
    if (!has_candidates) return;
    for (const dom::element each : candidates) {
      dom::object fields;
      if (!each.get(fields)) add(out, fields);
    }
  }

  void add(JsonBuilder& out, dom::object fields) {
    auto& state = states_[index_of(fields)];
    const auto candidate = read_candidate(fields, id_, state.calls);
    state.calls = candidate.calls;
    state.ended = state.ended || !candidate.finish_reason.empty();
    add_delta(out, candidate.index, delta_of(candidate.said),
              finish_reason_of(candidate.finish_reason, candidate.calls > 0), candidate.logprobs);
  }

  bool all_ended() const {
    return !states_.empty() && std::ranges::all_of(states_, [](const auto& each) { return each.second.ended; });
  }

  LenientJson json_;
  std::string id_;
  std::map<std::int64_t, State> states_;  // by the candidate's index
};

}  // namespace

std::unique_ptr<EventTranslator> event_translator() {
  return std::make_unique<ResponseEvents>();
}

}  // namespace headway::wire::gemini
