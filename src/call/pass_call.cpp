#include "call/pass_call.hpp"

#include "wire/ascii.hpp"

namespace headway::call {
namespace {

PassHead pass_head_of(const net::ReplyHead& reply, int attempts) {
  PassHead head;
  head.status = reply.status;
  head.attempts = attempts;
  for (const auto& [name, value] : reply.headers) head.headers.emplace_back(name, value);
  return head;
}

bool is_json_answer(const net::ReplyHead& head) {
  return wire::starts_with_word(head.headers.value("content-type"), "application/json");
}

}  // namespace

bool PassCall::wants_pieces(const net::ReplyHead& head) {
  constexpr int ok = 200, redirect = 300;
  in_pieces_ = head.status >= ok && head.status < redirect && !is_json_answer(head);
  if (!in_pieces_) return false;
  look_at(head);
  head_ = head;
  return true;
}

void PassCall::received(std::string_view piece) {
  if (over()) return;
  if (!std::exchange(handed_over_, true)) {
    first_token_has_come();
    hand_over_head(head_);
  }
  facts_->feed(piece);
  sink_->bytes(piece);
}

std::optional<Error> PassCall::accept(net::Reply& reply, Bill& bill) {
  if (in_pieces_) {
    if (const auto& charge = facts_->charge()) bill = bill_of(*charge, facts_->service_tier());
    if (!std::exchange(handed_over_, true)) hand_over_head(head_);
    return std::nullopt;
  }
  if (wire::without_blanks(reply.body).starts_with('{')) {
    wire::Answer answer;
    auto fault = wire::read_answer(reply.body, wire::Form::other, answer);
    bill = bill_of(answer, answer.service_tier);
    if (fault) return fault;
  }
  last_ = std::make_unique<net::Reply>(std::move(reply));
  return std::nullopt;
}

void PassCall::start_over() {
  in_pieces_ = false;
  facts_.emplace();
}

void PassCall::deliver() {
  const auto sink = sink_;
  const bool was_refused = error_ && last_ && last_->status == error_->info().status;
  if (!handed_over_ && (!error_ || was_refused)) {
    hand_over_last();
    error_ = nullptr;
  }
  sink->end(error_.get());
}

void PassCall::hand_over_head(const net::ReplyHead& head) {
  sink_->head(pass_head_of(head, attempts()));
}

void PassCall::hand_over_last() {
  hand_over_head(*last_);
  sink_->bytes(last_->body);
}

void PassCall::forsake() {
  Call::forsake();
  const auto sink = std::exchange(sink_, nullptr);
}

}  // namespace headway::call
