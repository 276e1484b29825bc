#include "net/dialer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/error.hpp>

namespace headway::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

bool is_want_of_a_port(error_code error) {
  return error == boost::system::errc::address_not_available;
}

bool is_want_of_descriptors(error_code error) {
  return error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system ||
         error == asio::error::no_buffer_space;
}

}  // namespace

bool is_local_shortage(error_code error) {
  return is_want_of_a_port(error) || is_want_of_descriptors(error);
}

error_code more_telling(error_code earlier, error_code later) {
  return !earlier || !(is_want_of_a_port(later) || is_want_of_descriptors(earlier)) ? later : earlier;
}

Dialer::Addresses families_by_turns(const Dialer::Addresses& addresses) {
  Dialer::Addresses first;
  Dialer::Addresses second;
  for (const auto& address : addresses) {
    (address.protocol() == addresses.front().protocol() ? first : second).push_back(address);
  }
  Dialer::Addresses ordered;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) ordered.push_back(first[i]);
    if (i < second.size()) ordered.push_back(second[i]);
  }
  return ordered;
}

Dialer::Dialer(asio::any_io_executor executor, Addresses addresses, std::chrono::milliseconds stagger)
    : executor_(executor), addresses_(families_by_turns(addresses)), stagger_(stagger), timer_(executor) {}

void Dialer::start(Handler handler) {
  handler_.swap(handler);  // 1.81 cannot move-assign it
  attempt();
}

void Dialer::attempt() {
  const auto& address = addresses_[next_++];
  const auto attempt = attempts_.emplace(attempts_.end(), executor_);
  attempt->async_connect(address,
                         [self = shared_from_this(), attempt](error_code error) { self->ended(attempt, error); });
  if (has_more()) attempt_later();
}

void Dialer::attempt_later() {
  timer_.expires_after(stagger_);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->handler_ && self->has_more()) self->attempt();
  });
}

void Dialer::ended(Attempts::iterator ended_one, error_code error) {
  if (!handler_) return;
  tcp::socket socket(std::move(*ended_one));
  attempts_.erase(ended_one);
  if (!error) return finish(error, std::move(socket));
  error_code ignored;
  socket.close(ignored);
  note(error);
  if (has_more()) return attempt();
  if (attempts_.empty()) finish(error_, std::move(socket));
}

// A further address would need a descriptor as well.
void Dialer::note(error_code error) {
  if (is_want_of_descriptors(error)) next_ = addresses_.size();
  error_ = more_telling(error_, error);
}

void Dialer::finish(error_code error, tcp::socket socket) {
  auto handler = std::exchange(handler_, nullptr);
  close();
  std::move(handler)(error, std::move(socket));
}

void Dialer::close() {
  handler_ = nullptr;
  timer_.cancel();
  for (auto& attempt : attempts_) {
    error_code ignored;
    attempt.close(ignored);
  }
}

}  // namespace headway::net
