#include "net/http1_connection.hpp"

#include <utility>

#include <fmt/format.h>
#include <boost/asio/error.hpp>

namespace headway::net {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

}  // namespace

Http1Connection::Http1Connection(boost::asio::any_io_executor executor, std::unique_ptr<Stream> stream,
                                 std::size_t max_body, AnswerMemory& memory, ConnectionKeeper& keeper)
    : stream_(std::move(stream)),
      keeper_(&keeper),
      timer_(std::move(executor)),
      decoder_(max_body),
      max_body_(max_body),
      memory_(memory) {}

void Http1Connection::run(std::shared_ptr<Exchange> exchange) {
  exchange_ = std::move(exchange);
  exchange_->holder_ = this;
  decoder_.reset(exchange_->request().head->method == "HEAD");
  pipe_.emplace(max_body_, memory_);
  held_ = false;
  clock_.start(exchange_->timeouts(), Clock::now());
  watch();
  write();
}

void Http1Connection::write() {
  head_ = http1_head(exchange_->request());
  written_ = false;
  writing_ = true;
  // The exchange is held too: its body must stay until the write is over, even if it is cancelled meanwhile.
  stream_->async_write(head_, exchange_->request().body,
                       [self = self(), exchange = exchange_](error_code error) { self->on_written(error); });
}

void Http1Connection::on_written(error_code error) {
  writing_ = false;
  written_ = !error;
  if (written_) clock_.sent(Clock::now());
  // An error here is told by the read: the server may have answered before it closed.
}

void Http1Connection::read() {
  reading_ = true;
  stream_->async_read([self = self()](error_code error, std::string_view bytes) {
    self->reading_ = false;
    if (!self->closed_) self->on_read(error, bytes);
  });
}

void Http1Connection::read_on() {
  if (!held_ && !reading_ && !closed_) read();
}

void Http1Connection::on_read(error_code error, std::string_view bytes) {
  if (!exchange_ || error) return on_closed(error);
  const auto state = decoder_.feed(bytes);
  if (decoder_.has_begun()) clock_.received(Clock::now());
  auto failure = pass_on();
  if (!exchange_) return;
  if (!failure && state == Http1Decoder::State::done) failure = pipe_->finish(decoder_.reply().body);
  if (failure) return fail(std::move(*failure));
  switch (state) {
    case Http1Decoder::State::head_or_body:
      watch();
      return read_on();
    case Http1Decoder::State::done:
      return deliver();
    case Http1Decoder::State::failed:
      return fail(decoder_.failure());
  }
}

// The exchange may be cancelled inside, which closes.
std::optional<Failure> Http1Connection::pass_on() {
  if (!decoder_.has_head()) return std::nullopt;
  const auto exchange = exchange_;
  auto& reply = decoder_.reply();
  if (!pipe_->started()) {
    if (auto failure = pipe_->start(*exchange, reply)) return failure;
  }
  return exchange_ ? pipe_->pass_on(*exchange, reply.body) : std::nullopt;
}

void Http1Connection::hold_back(Exchange&, bool hold) {
  held_ = hold;
  clock_.hold_back(hold, Clock::now());
  watch();
  read_on();
}

void Http1Connection::on_closed(error_code error) {
  if (!exchange_) return leave();
  const bool clean = error == boost::asio::error::eof;
  if (decoder_.finish(clean) == Http1Decoder::State::done) {
    if (auto failure = pipe_->finish(decoder_.reply().body)) return fail(std::move(*failure));
    return deliver();
  }
  Failure failure = decoder_.failure();
  if (!clean) failure.detail += fmt::format(" ({})", error.message());
  failure.unprocessed = !written_ && failure.kind == ErrorKind::connect;
  fail(std::move(failure));
}

void Http1Connection::watch() {
  const auto expiry = clock_.expiry();
  if (expiry >= armed_until_) return;  // the timer that runs looks again when it fires
  armed_until_ = expiry;
  timer_.expires_at(expiry);
  timer_.async_wait([weak = std::weak_ptr(self())](error_code error) {
    const auto self = weak.lock();
    if (self && !error && !self->closed_) self->on_expiry();
  });
}

void Http1Connection::on_expiry() {
  armed_until_ = Clock::time_point::max();
  if (!exchange_) return;
  if (clock_.expiry() > Clock::now()) return watch();
  const auto kind = clock_.expired();
  fail({kind, expired_text(kind, exchange_->timeouts())});
}

void Http1Connection::deliver() {
  const bool stays = decoder_.reusable() && !writing_;
  held_ = false;
  const auto exchange = release();
  auto reply = decoder_.take_reply();
  if (stays) {
    read_on();
    keeper_->connection_changed(*this);
  } else {
    leave();
  }
  exchange->replied(std::move(reply));
}

void Http1Connection::fail(Failure failure) {
  failure.sent = written_;
  const auto exchange = release();
  leave();
  exchange->failed(std::move(failure));
}

bool Http1Connection::abandon(Exchange&) {
  release();
  leave();
  return true;
}

StageTimes Http1Connection::times_so_far(const Exchange& exchange) const {
  auto times = exchange.times();
  clock_.add_to(times, Clock::now());
  return times;
}

std::shared_ptr<Exchange> Http1Connection::release() {
  clock_.add_to(exchange_->times(), Clock::now());
  exchange_->holder_ = nullptr;
  pipe_.reset();
  return std::exchange(exchange_, nullptr);
}

void Http1Connection::leave() {
  const auto alive = shared_from_this();
  close();
  if (keeper_) std::exchange(keeper_, nullptr)->connection_gone(*this);
}

void Http1Connection::close() {
  closed_ = true;
  if (exchange_) release();
  error_code ignored;
  timer_.cancel(ignored);
  stream_->close();
}

}  // namespace headway::net
