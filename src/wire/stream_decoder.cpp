#include "wire/stream_decoder.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "wire/answer.hpp"
#include "wire/ascii.hpp"
#include "wire/decode.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

// Several prompts with several samples each: far more than anyone asks for, and little to keep a state for.
constexpr std::int64_t most_choices = 65'536;

Error unusable_event(const std::string& why) {
  return Error(ErrorKind::protocol, "an event of the stream has " + why);
}

/// What one event says.
class EventReader {
 public:
  EventReader(Api api, std::vector<StreamChunk>& chunks) : api_(api), chunks_(chunks), first_(chunks.size()) {}

  void read(std::string raw) {
    bool failed = false;
    read_fields(raw, [&](std::string_view name, value v) {
      if (name == "choices") read_choices(v);
      if (name == "usage") usage_ = usage_of(v);
      if (name == "service_tier") service_tier_ = text_of(v);
      if (name == "object") failed = text_of(v) == "error";  // vLLM's and LMDeploy's error events
    });
    if (failed) throw failure_in_success(raw);
    named_by_choices_ = chunks_.size() > first_;
    if (!named_by_choices_) chunks_.emplace_back();
    for (auto chunk = first_; chunk + 1 < chunks_.size(); ++chunk) chunks_[chunk].raw = raw;
    chunks_.back().raw = std::move(raw);
    chunks_.back().usage = usage_;
    if (usage_) chunks_.back().service_tier = std::move(service_tier_);
  }

  bool has_choices() const { return named_by_choices_; }

 private:
  void read_choices(value v) {
    if (v.is_null()) return;
    bool all_have_index = true;
    for (object choice : v.get_array()) all_have_index = read_choice(choice) && all_have_index;
    if (!all_have_index && chunks_.size() > first_ + 1)
      throw unusable_event("several choices, and one of them has no index");
  }

  bool read_choice(object fields) {
    std::optional<std::int64_t> index;
    auto& chunk = chunks_.emplace_back();
    for (auto field : fields) {
      const std::string_view name = field.unescaped_key();
      value v = field.value();
      if (name == "index") {
        index = index_of(v);
      } else if (name == "finish_reason") {
        chunk.finish_reason = text_of(v);
      } else if (api_ == Api::completion && name == "text") {
        chunk.text = text_of(v);
      } else if (api_ == Api::chat && name == "delta" && v.type() == json_type::object) {
        chunk.text = text_of_message(v.get_object());
      }
    }
    const auto at = index.value_or(0);
    if (at < 0 || at >= most_choices) throw unusable_event(fmt::format("a choice with the index {}", at));
    chunk.index = static_cast<std::size_t>(at);
    return index.has_value();
  }

  Api api_;
  std::vector<StreamChunk>& chunks_;
  std::size_t first_;
  std::optional<Usage> usage_;
  std::string service_tier_;
  bool named_by_choices_ = false;
};

// With room behind it for simdjson, so that it need not be copied again.
std::string padded(std::string_view json) {
  std::string text;
  text.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  text.assign(json);
  return text;
}

}  // namespace

void StreamDecoder::feed(std::string_view bytes, std::vector<StreamChunk>& chunks) {
  while (!done_) {
    const auto event = parser_.next(bytes);
    if (!event) return;
    const auto whole = chunks.size();
    try {
      read_event(*event, chunks);
    } catch (const Error&) {
      chunks.resize(whole);
      throw;
    }
  }
}

void StreamDecoder::read_event(const SseEvent& event, std::vector<StreamChunk>& chunks) {
  const auto data = without_blanks(event.data);
  if (data.empty()) return;
  done_ = data == "[DONE]";
  if (done_) return;
  if (event.type == "error") throw failure_in_success(data);
  const auto first = chunks.size();
  EventReader reader(api_, chunks);
  reader.read(padded(data));
  if (!reader.has_choices()) return;
  for (auto chunk = first; chunk < chunks.size(); ++chunk) note(chunks[chunk]);
}

void StreamDecoder::note(const StreamChunk& chunk) {
  if (chunk.index >= choices_.size()) choices_.resize(chunk.index + 1, Choice::unseen);
  auto& choice = choices_[chunk.index];
  if (choice == Choice::unseen) {
    choice = Choice::open;
    ++open_;
  }
  if (choice == Choice::open && !chunk.finish_reason.empty()) {
    choice = Choice::finished;
    --open_;
  }
}

void StreamDecoder::finish() const {
  const bool all_choices_ended = !choices_.empty() && open_ == 0;
  if (done_ || all_choices_ended) return;
  throw Error(ErrorKind::incomplete, choices_.empty() ? "the stream ended before an answer began"
                                                      : "the stream ended before the answer's end");
}

Outcome<std::vector<StreamChunk>> chunks_of_whole(Api api, std::string body) {
  auto response = api == Api::chat ? decode_chat(std::move(body)) : decode_completion(std::move(body));
  if (!response) return response.error();
  std::vector<StreamChunk> chunks;
  for (auto& choice : response->choices) {
    auto& chunk = chunks.emplace_back();
    chunk.index = chunks.size() - 1;
    chunk.text = std::move(choice.text);
    chunk.finish_reason = std::move(choice.finish_reason);
    chunk.raw = response->raw;
  }
  chunks.back().usage = response->usage;
  chunks.back().service_tier = std::move(response->service_tier);
  return chunks;
}

}  // namespace headway::wire
