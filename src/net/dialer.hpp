#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace headway::net {

/// This machine has no descriptor, buffer or port left, which is no fault of the other side.
bool is_local_shortage(boost::system::error_code error);

/// Opens a TCP connection to the first of some addresses that answers: "happy eyeballs", RFC 8305. The next address is
/// tried when one has failed or has not answered for a while; attempts under way go on beside it.
///
/// Thread safety: none.
class Dialer : public std::enable_shared_from_this<Dialer> {
 public:
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  /// Without an error: the connected socket.
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code, boost::asio::ip::tcp::socket)>;

  /// RFC 8305, section 5: the recommended delay between attempts.
  static constexpr std::chrono::milliseconds recommended_stagger{250};

  /// `addresses`: at least one, the most preferred first. `stagger`: until the next is tried beside those that have not
  /// answered.
  Dialer(boost::asio::any_io_executor executor, Addresses addresses,
         std::chrono::milliseconds stagger = recommended_stagger);

  /// Calls the handler once, never inside start() itself, and on the dialer's executor. If no address could be reached,
  /// the error is the most telling one.
  void start(Handler handler);
  /// Closes all; the handler is dropped.
  void close();

 private:
  using Attempts = std::list<boost::asio::ip::tcp::socket>;

  bool has_more() const { return next_ < addresses_.size(); }
  void attempt();
  void attempt_later();
  void ended(Attempts::iterator ended_one, boost::system::error_code error);
  void note(boost::system::error_code error);
  void finish(boost::system::error_code error, boost::asio::ip::tcp::socket socket);

  boost::asio::any_io_executor executor_;
  Addresses addresses_;
  std::chrono::milliseconds stagger_;
  boost::asio::steady_timer timer_;
  Handler handler_;
  std::size_t next_ = 0;
  Attempts attempts_;
  boost::system::error_code error_;
};

/// Which of two addresses' errors to tell the user: want of a descriptor, else the later one; but want of a port only if
/// there is no other, since an address of a family that this machine does not have gives that as well.
boost::system::error_code more_telling(boost::system::error_code earlier, boost::system::error_code later);

/// RFC 8305, section 4: the address families by turns, each in the order in which its addresses were, the first
/// address's family first.
Dialer::Addresses families_by_turns(const Dialer::Addresses& addresses);

}  // namespace headway::net
