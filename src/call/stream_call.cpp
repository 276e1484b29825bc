#include "call/stream_call.hpp"

#include <algorithm>
#include <utility>

#include "wire/ascii.hpp"
#include "wire/request_id.hpp"

namespace headway::call {
namespace {

// A server that does not know `stream`, or a page of something in between.
bool is_whole_answer(std::string_view content_type) {
  return wire::starts_with_word(content_type, "application/json") || wire::starts_with_word(content_type, "text/html");
}

std::size_t size_of(const StreamChunk& chunk) {
  return sizeof chunk + chunk.text.capacity() + chunk.raw.capacity();
}

// The server was at work on the answer.
Error maybe_billed(const Error& error) {
  auto info = error.info();
  info.maybe_billed = true;
  return Error(std::move(info));
}

}  // namespace

void StreamCall::start_over() {
  decoder_.reset();
  chunks_.clear();
  queued_ = 0;
  bill_ = unknown_bill();
  in_pieces_ = false;
  begun_ = false;
  held_back_ = false;
}

bool StreamCall::wants_pieces(const net::ReplyHead& head) {
  constexpr int ok = 200, redirect = 300;
  const bool success = head.status >= ok && head.status < redirect;
  in_pieces_ = success && !is_whole_answer(head.headers.value("content-type"));
  summary_.request_id = wire::request_id(head.headers);
  const auto* dialect = call_request().dialect();
  decoder_.emplace(dialect ? dialect->events() : nullptr, call_request().answers);
  if (!in_pieces_) return false;
  look_at(head);
  return true;
}

void StreamCall::received(std::string_view piece) {
  if (over()) return;
  const auto before = chunks_.size();
  try {
    decoder_->feed(piece, chunks_);
  } catch (const Error& error) {
    look_at_chunks(before);
    return fail_early(maybe_billed(error), summary_.request_id, bill_);
  }
  look_at_chunks(before);
  if (decoder_->done()) {
    let_go_on();
    return complete_early(bill_);
  }
  if (queued_ > most_queued && !std::exchange(held_back_, true)) pause();
  if (puller_ && before == 0 && !chunks_.empty()) core().deliver_soon(self());
}

void StreamCall::look_at_chunks(std::size_t first) {
  if (first < chunks_.size() && !std::exchange(begun_, true)) first_token_has_come();
  for (auto next = first; next < chunks_.size(); ++next) {
    const auto& chunk = chunks_[next];
    queued_ += size_of(chunk);
    if (chunk.usage) bill_.service_tier = chunk.service_tier;
  }
  if (const auto& charge = decoder_->charge()) take(*charge);
}

void StreamCall::take(const wire::Charge& charge) {
  const auto tier = bill_.service_tier;
  bill_ = bill_of(charge, tier);
}

void StreamCall::succeeded() {
  summary_.usage = bill_.usage;
  summary_.service_tier = bill_.service_tier;
  summary_.attempts = attempts();
  summary_.times = times_so_far();
}

std::optional<Error> StreamCall::accept(net::Reply& reply, Bill& bill) {
  if (!in_pieces_) return accept_whole(reply, bill);
  const auto before = chunks_.size();
  std::optional<Error> fault;
  try {
    decoder_->finish(chunks_);
  } catch (const Error& error) {
    fault = maybe_billed(error);
  }
  look_at_chunks(before);
  bill = bill_;
  return fault;
}

std::optional<Error> StreamCall::accept_whole(net::Reply& reply, Bill& bill) {
  wire::Answer answer;
  auto fault = read_body(reply.body, answer);
  bill_ = bill_of(answer, answer.service_tier);
  bill = bill_;
  if (fault) return fault;
  chunks_ = wire::chunks_of_whole(std::move(answer), reply.body);
  look_at_chunks(0);
  return std::nullopt;
}

void StreamCall::reject(Error error) {
  const bool wanted_no_more = error.kind() == ErrorKind::cancelled;
  if (wanted_no_more) chunks_.clear();
  error_ = std::move(error);
}

void StreamCall::pull(std::unique_ptr<Puller> puller) {
  puller_ = std::move(puller);
  if (something_due()) core().deliver_soon(self());
}

void StreamCall::deliver() {
  if (!puller_ || !something_due()) return;
  const auto puller = std::exchange(puller_, nullptr);
  puller->complete(next_batch());
}

Outcome<StreamCall::Batch> StreamCall::next_batch() {
  if (chunks_.empty() && error_) return *error_;
  if (!chunks_.empty()) handed_over_ = true;
  queued_ = 0;
  let_go_on();
  return std::exchange(chunks_, {});
}

void StreamCall::let_go_on() {
  if (std::exchange(held_back_, false)) resume();
}

void StreamCall::leave() {
  cancel();
  chunks_ = {};
}

void StreamCall::forsake() {
  Call::forsake();
  const auto puller = std::exchange(puller_, nullptr);
}

}  // namespace headway::call
