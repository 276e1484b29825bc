#include "net/http2_connection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "net/body_pipe.hpp"
#include "net/exchange_clock.hpp"

namespace headway::net {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_written_at_once = 64 * 1024;
constexpr auto finest_timer = std::chrono::milliseconds(5);  // many exchanges that expire together are one wake-up

}  // namespace

/// An exchange on its stream.
struct Http2Connection::Lane final : Http2Stream {
  Lane(std::shared_ptr<Exchange> its_exchange, std::size_t max_body, AnswerMemory& memory)
      : exchange(std::move(its_exchange)), pipe(max_body, memory) {}

  void on_sent() override { clock.sent(Clock::now()); }

  std::shared_ptr<Exchange> exchange;
  ExchangeClock clock;
  BodyPipe pipe;
};

Http2Connection::Http2Connection(boost::asio::any_io_executor executor, std::unique_ptr<Stream> stream,
                                 const Http2Limits& limits, AnswerMemory& memory, ConnectionKeeper& keeper)
    : executor_(executor),
      stream_(std::move(stream)),
      max_body_(limits.max_body),
      memory_(memory),
      session_(limits, Clock::now()),
      keeper_(&keeper),
      timer_(std::move(executor)) {}

Http2Connection::~Http2Connection() = default;

void Http2Connection::open() {
  read();
  flush_soon();
}

void Http2Connection::run(std::shared_ptr<Exchange> exchange) {
  auto lane = std::make_unique<Lane>(exchange, max_body_, memory_);
  exchange->holder_ = this;
  exchange->stream_ = lane.get();
  lane->clock.start(exchange->timeouts(), Clock::now());
  const auto expiry = lane->clock.expiry();
  session_.submit(exchange->request(), std::move(lane));
  watch(std::min(expiry, session_.next_tick()));
  flush_soon();
}

bool Http2Connection::abandon(Exchange& exchange) {
  const auto lane = release(*static_cast<Lane*>(exchange.stream_));
  flush_soon();
  tell_keeper();
  return lane->sent;
}

void Http2Connection::hold_back(Exchange& exchange, bool hold) {
  auto& lane = *static_cast<Lane*>(exchange.stream_);
  lane.clock.hold_back(hold, Clock::now());
  session_.hold_back(lane, hold);
  watch(lane.clock.expiry());
  flush_soon();
}

StageTimes Http2Connection::times_so_far(const Exchange& exchange) const {
  auto times = exchange.times();
  static_cast<const Lane*>(exchange.stream_)->clock.add_to(times, Clock::now());
  return times;
}

void Http2Connection::read() {
  stream_->async_read([self = self()](error_code error, std::string_view bytes) {
    if (!self->closed_) self->on_read(error, bytes);
  });
}

void Http2Connection::on_read(error_code error, std::string_view bytes) {
  if (error) {
    session_.lose(error == boost::asio::error::eof ? "the server closed the connection" : error.message());
  } else {
    session_.receive(bytes, Clock::now());
  }
  flush();
  settle();
  if (!closed_) read();
}

void Http2Connection::flush_soon() {
  if (std::exchange(flush_pending_, true)) return;
  boost::asio::post(executor_, [self = self()] {
    self->flush_pending_ = false;
    if (self->closed_) return;
    self->flush();
    self->settle();
  });
}

void Http2Connection::flush() {
  if (writing_) return;
  output_.clear();
  for (auto bytes = session_.output(); !bytes.empty(); bytes = session_.output()) {
    output_.append(bytes);
    if (output_.size() >= most_written_at_once) break;
  }
  if (output_.empty()) return;
  writing_ = true;
  stream_->async_write(output_, {}, [self = self()](error_code error) { self->on_written(error); });
}

// An error here is told by the read: the server may have answered before it closed.
void Http2Connection::on_written(error_code error) {
  writing_ = false;
  if (error || closed_) return;
  flush();
  settle();
}

/// Hands on what has come, and what has ended.
void Http2Connection::settle() {
  std::vector<std::unique_ptr<Lane>> ended;
  while (auto* stream = session_.next_touched()) {
    auto& lane = static_cast<Lane&>(*stream);
    lane.clock.received(Clock::now());
    watch(lane.clock.expiry());
    const auto exchange = lane.exchange;
    pass_on(lane);
    const bool still_here = exchange->holder_ == this && exchange->stream_ == &lane;
    if (still_here && (lane.is_whole || lane.failure)) ended.push_back(release(lane));
  }
  tell_keeper();
  for (const auto& lane : ended) {
    if (lane->failure) {
      lane->exchange->failed(std::move(*lane->failure));
    } else {
      lane->exchange->replied(std::move(lane->reply));
    }
  }
  const bool done = session_.is_over() || (session_.is_draining() && session_.streams().empty());
  if (done && !closed_) leave();
}

// The exchange may be cancelled inside, and its lane be gone.
void Http2Connection::pass_on(Lane& lane) {
  if (!lane.has_head) return;
  const auto exchange = lane.exchange;
  std::optional<Failure> failure;
  if (!lane.pipe.started()) failure = lane.pipe.start(*exchange, lane.reply);
  if (!failure && exchange->stream_ == &lane) failure = lane.pipe.pass_on(*exchange, lane.reply.body);
  if (exchange->stream_ != &lane) return;
  if (!failure && lane.is_whole) failure = lane.pipe.finish(lane.reply.body);
  if (!failure) return;
  failure->sent = lane.sent;
  lane.failure = std::make_unique<Failure>(*std::move(failure));
}

void Http2Connection::tell_keeper() {
  if (!keeper_) return;
  keeper_->connection_changed(*this);
  if (session_.is_ending() && !std::exchange(ending_told_, true)) keeper_->connection_ending(*this);
}

void Http2Connection::watch(Clock::time_point expiry) {
  if (expiry >= armed_until_) return;  // the timer that runs looks again when it fires
  armed_until_ = std::max(expiry, Clock::now() + finest_timer);
  timer_.expires_at(armed_until_);
  timer_.async_wait([weak = std::weak_ptr(self())](error_code error) {
    const auto self = weak.lock();
    if (self && !error && !self->closed_) self->on_expiry();
  });
}

void Http2Connection::on_expiry() {
  const auto now = Clock::now();
  armed_until_ = Clock::time_point::max();
  session_.tick(now);
  watch(std::min(end_expired(now), session_.next_tick()));
  flush();
  settle();
}

/// Gives when the next expires.
Clock::time_point Http2Connection::end_expired(Clock::time_point now) {
  auto next = Clock::time_point::max();
  std::vector<Lane*> expired;
  for (const auto& stream : session_.streams()) {
    auto& lane = static_cast<Lane&>(*stream);
    const auto expiry = lane.clock.expiry();
    if (expiry > now) {
      next = std::min(next, expiry);
    } else if (!lane.is_whole && !lane.failure) {
      expired.push_back(&lane);
    }
  }
  for (auto* lane : expired) {
    const auto kind = lane->clock.expired();
    Failure failure(kind, expired_text(kind, lane->exchange->timeouts()));
    failure.sent = lane->sent;
    release(*lane)->exchange->failed(std::move(failure));
  }
  return next;
}

std::unique_ptr<Http2Connection::Lane> Http2Connection::release(Lane& lane) {
  const auto now = Clock::now();
  lane.clock.add_to(lane.exchange->times(), now);
  lane.exchange->holder_ = nullptr;
  lane.exchange->stream_ = nullptr;
  return std::unique_ptr<Lane>(static_cast<Lane*>(session_.release(lane, now).release()));
}

void Http2Connection::leave() {
  const auto alive = shared_from_this();
  close();
  if (keeper_) std::exchange(keeper_, nullptr)->connection_gone(*this);
}

void Http2Connection::close() {
  closed_ = true;
  while (!session_.streams().empty()) release(static_cast<Lane&>(*session_.streams().back()));
  error_code ignored;
  timer_.cancel(ignored);
  stream_->close();
}

}  // namespace headway::net
