#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>
#include <boost/system/error_code.hpp>

namespace headway::net {

/// The client's side of a TLS connection as a state machine without I/O: OpenSSL between the network's bytes and the
/// application's. All records that have come are decrypted together, and what is written together leaves in few records.
/// Errors are those of asio's ssl and misc categories. After one only output() is of use.
class TlsChannel {
 public:
  using error_code = boost::system::error_code;

  explicit TlsChannel(SSL_CTX* context);
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  SSL* native_handle() const { return ssl_.get(); }
  /// What ALPN agreed on, after the handshake; empty: nothing.
  std::string protocol() const;

  /// Goes on with the handshake, with bytes that came or, at first, none. Gives whether it is over.
  bool shake_hands(std::string_view received, error_code& error);
  /// Decrypts what came into the front of `plain` and gives how much that is. An error is told once all before it was given.
  std::size_t decrypt(std::string_view received, std::span<char> plain, error_code& error);
  /// There is something for decrypt() without more of the network's bytes.
  bool has_unread() const { return has_more_ || !unread_.empty() || read_error_; }
  /// What it means that the network's bytes have ended: eof after the peer's close_notify and inside the handshake, else
  /// stream_truncated.
  error_code end_of_input() const;

  /// Encrypts bytes off the front of `head`, then of `body`, until about 64 KB wait in output(). Takes none while the
  /// peer shakes hands again: then it is to be called again after decrypt().
  void encrypt(std::string_view& head, std::string_view& body, error_code& error);
  /// Says goodbye, where the connection is in a state to.
  void shut_down();

  /// Bytes for the network.
  std::string_view output() const { return std::string_view(output_).substr(sent_); }
  /// So many of them have left.
  void sent(std::size_t size);

 private:
  struct Bio;
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  error_code error_of(int result);
  void keep_unread();
  void keep_buffers();

  std::unique_ptr<SSL, Free> ssl_;
  std::string_view input_;  // of the call under way
  std::string unread_;      // came with more than there was room for
  std::string output_;
  std::size_t sent_ = 0;
  error_code read_error_;
  bool has_more_ = false;  // there was no room for all
  bool broken_ = false;
  bool keeps_buffers_ = false;
};

}  // namespace headway::net
