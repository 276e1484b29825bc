#include "wire/stream_decoder.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "wire/ascii.hpp"
#include "wire/choice.hpp"
#include "wire/json_fields.hpp"

namespace headway::wire {
namespace {

using simdjson::ondemand::value;

// Several prompts with several samples each: far more than anyone asks for, and little to keep a state for.
constexpr std::int64_t most_choices = 65'536;

Error unusable_event(const std::string& why) {
  return Error(ErrorKind::protocol, "an event of the stream has " + why);
}

/// What one event says.
class EventReader {
 public:
  EventReader(std::vector<StreamChunk>& chunks, std::optional<Charge>& charge)
      : chunks_(chunks), charge_(charge), first_(chunks.size()) {}

  void read(std::string raw) {
    const auto code = read_fields(raw, [&](std::string_view name, value v) { read_field(name, v); });
    if (code) throw unreadable(raw, code);
    if (failed_) throw failure_in_success(raw);
    for (auto& choice : choices_) add(choice);
    if (choices_.empty()) chunks_.emplace_back();
    for (auto chunk = first_; chunk + 1 < chunks_.size(); ++chunk) chunks_[chunk].raw = raw;
    chunks_.back().raw = std::move(raw);
    if (!has_usage_) return;
    chunks_.back().usage = charge_->usage;
    chunks_.back().service_tier = std::move(service_tier_);
  }

  bool has_choices() const { return !choices_.empty(); }

 private:
  void read_field(std::string_view name, value v) {
    if (name == "choices") {
      each_item(v, [this](value choice) { choices_.emplace_back().read(choice); });
    } else if (name == "usage") {
      const auto charge = charge_of(v);
      has_usage_ = charge.has_value();
      if (charge) charge_ = charge;
    } else if (name == "service_tier") {
      service_tier_ = text_of(v);
    } else if (name == "error") {
      failed_ = failed_ || error_in(v).has_value();
    } else if (name == "object") {
      failed_ = failed_ || text_of(v) == "error";  // vLLM's and LMDeploy's error events
    }
  }

  void add(ChoiceReader& read) {
    if (auto failure = read.failure()) throw *std::move(failure);
    if (!read.index() && choices_.size() > 1) throw unusable_event("several choices, and one of them has no index");
    if (read.has_odd_index()) throw unusable_event("a choice whose index is no whole number");
    const auto at = read.index().value_or(0);
    if (at < 0 || at >= most_choices) throw unusable_event(fmt::format("a choice with the index {}", at));
    auto choice = read.take();
    auto& chunk = chunks_.emplace_back();
    chunk.index = static_cast<std::size_t>(at);
    chunk.text = std::move(choice.text);
    chunk.finish_reason = std::move(choice.finish_reason);
    if (!chunk.finish_reason.empty()) chunk.ending = choice.ending;
  }

  std::vector<StreamChunk>& chunks_;
  std::optional<Charge>& charge_;
  std::size_t first_;
  std::vector<ChoiceReader> choices_;
  std::string service_tier_;
  bool has_usage_ = false;
  bool failed_ = false;
};

// With room behind it for simdjson, so that it need not be copied again.
std::string padded(std::string_view json) {
  std::string text;
  text.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  text.assign(json);
  return text;
}

Error with_body(const Error& error, std::string_view body) {
  auto info = error.info();
  info.body = body;
  return Error(std::move(info));
}

}  // namespace

void StreamDecoder::feed(std::string_view bytes, std::vector<StreamChunk>& chunks) {
  while (!done_) {
    const auto event = parser_.next(bytes);
    if (!event) return;
    read_event(*event, chunks);
  }
  check_count();
}

void StreamDecoder::check_count() const {
  if (seen_ >= asked_) return;
  throw Error(ErrorKind::protocol,
              seen_ == 0 ? "the stream has no choices"
                         : fmt::format("the stream has {} of the {} choices that were asked for", seen_, asked_));
}

void StreamDecoder::read_event(const SseEvent& event, std::vector<StreamChunk>& chunks) {
  const auto data = without_blanks(event.data);
  if (data.empty() || data == "null") return;
  const auto first = chunks.size();
  try {
    if (event.type == "error") throw failure_in_success(data);
    translator_ ? read_translated(event, chunks) : read_data(data, chunks);
  } catch (const Error& error) {
    chunks.resize(first);
    throw with_body(error, data);
  }
}

void StreamDecoder::read_data(std::string_view data, std::vector<StreamChunk>& chunks) {
  done_ = data == "[DONE]";
  if (done_) return;
  const auto first = chunks.size();
  EventReader reader(chunks, charge_);
  reader.read(padded(data));
  if (!reader.has_choices()) return;
  for (auto chunk = first; chunk < chunks.size(); ++chunk) note(chunks[chunk]);
}

void StreamDecoder::read_translated(const SseEvent& event, std::vector<StreamChunk>& chunks) {
  const auto first = chunks.size();
  for (const auto& data : translator_->chunks_of(event)) read_data(data, chunks);
  for (auto at = first; at < chunks.size(); ++at) {
    chunks[at].translated = std::exchange(chunks[at].raw, std::string(event.data));
  }
}

void StreamDecoder::note(const StreamChunk& chunk) {
  if (chunk.index >= choices_.size()) choices_.resize(chunk.index + 1, Choice::unseen);
  auto& choice = choices_[chunk.index];
  if (choice == Choice::unseen) {
    choice = Choice::open;
    ++seen_;
    ++open_;
  }
  if (choice == Choice::open && !chunk.finish_reason.empty()) {
    choice = Choice::finished;
    --open_;
  }
}

// A body that lasts until its connection closes may be cut off within its last event.
void StreamDecoder::read_last_event(std::vector<StreamChunk>& chunks) {
  const auto event = parser_.end();
  if (!event) return;
  try {
    read_event(*event, chunks);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::protocol) throw;
  }
}

void StreamDecoder::finish(std::vector<StreamChunk>& chunks) {
  if (!done_) read_last_event(chunks);
  const bool all_choices_ended = !choices_.empty() && open_ == 0;
  if (done_ || all_choices_ended) return check_count();
  throw Error(ErrorKind::incomplete, choices_.empty() ? "the stream ended before an answer began"
                                                      : "the stream ended before the answer's end");
}

std::vector<StreamChunk> chunks_of_whole(Answer answer, const std::string& body) {
  std::vector<StreamChunk> chunks;
  for (auto& choice : answer.choices) {
    auto& chunk = chunks.emplace_back();
    chunk.index = chunks.size() - 1;
    chunk.text = std::move(choice.text);
    chunk.finish_reason = std::move(choice.finish_reason);
    chunk.ending = choice.ending;
    chunk.raw = body;
    chunk.translated = answer.translated;
  }
  chunks.back().usage = answer.usage;
  chunks.back().service_tier = std::move(answer.service_tier);
  return chunks;
}

}  // namespace headway::wire
