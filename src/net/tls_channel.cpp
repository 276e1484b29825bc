#include "net/tls_channel.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace headway::net {
namespace {

constexpr std::size_t largest_record = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t most_encrypted_at_once = 4 * largest_record;
constexpr std::size_t largest_kept_output = 4 * 1024;  // very many connections may be idle

std::size_t move_into(std::span<char> record, std::string_view& bytes) {
  const auto size = std::min(record.size(), bytes.size());
  std::copy_n(bytes.data(), size, record.data());
  bytes.remove_prefix(size);
  return size;
}

}  // namespace

/// What OpenSSL reads from and writes to.
struct TlsChannel::Bio {
  static TlsChannel& channel(BIO* bio) { return *static_cast<TlsChannel*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, std::size_t size, std::size_t* done) {
    BIO_clear_retry_flags(bio);
    auto& input = channel(bio).input_;
    *done = move_into({to, size}, input);
    if (*done == 0) BIO_set_retry_read(bio);
    return *done > 0 ? 1 : 0;
  }

  static int write(BIO* bio, const char* from, std::size_t size, std::size_t* done) {
    BIO_clear_retry_flags(bio);
    *done = 0;
    try {
      channel(bio).output_.append(from, size);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    *done = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO* make(TlsChannel& owner) {
    static BIO_METHOD* const method = [] {
      auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "headway");
      BIO_meth_set_read_ex(made, read);
      BIO_meth_set_write_ex(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    auto* bio = BIO_new(method);
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio, &owner);
    BIO_set_init(bio, 1);
    return bio;
  }
};

TlsChannel::TlsChannel(SSL_CTX* context) : ssl_(SSL_new(context)) {
  if (!ssl_) throw std::bad_alloc();
  auto* bio = Bio::make(*this);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
  SSL_set_mode(ssl_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

std::string TlsChannel::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool TlsChannel::shake_hands(std::string_view received, error_code& error) {
  input_ = received;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  error = error_of(result);
  keep_unread();  // a server may speak first, together with its part of the handshake
  if (result == 1 && protocol() == "h2") keep_buffers();
  return result == 1;
}

// Connections of HTTP/2 are few and busy.
void TlsChannel::keep_buffers() {
  keeps_buffers_ = true;
  SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

std::size_t TlsChannel::decrypt(std::string_view received, std::span<char> plain, error_code& error) {
  std::string unread;
  if (unread_.empty()) {
    input_ = received;
  } else {
    unread.swap(unread_);
    input_ = unread.append(received);
  }
  std::size_t all = 0;
  ERR_clear_error();
  while (!read_error_ && all < plain.size()) {
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), plain.data() + all, plain.size() - all, &size);
    all += size;
    if (result == 1) continue;
    read_error_ = error_of(result);
    break;
  }
  keep_unread();
  has_more_ = all == plain.size();
  error = all > 0 ? error_code() : read_error_;
  return all;
}

void TlsChannel::keep_unread() {
  if (!input_.empty() && !read_error_) unread_ = input_;
  input_ = {};
}

TlsChannel::error_code TlsChannel::end_of_input() const {
  const bool clean = (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  if (clean || SSL_is_init_finished(ssl_.get()) == 0) return boost::asio::error::eof;
  return boost::asio::ssl::error::stream_truncated;
}

void TlsChannel::encrypt(std::string_view& head, std::string_view& body, error_code& error) {
  std::array<char, largest_record> record;
  while (!(head.empty() && body.empty()) && output().size() < most_encrypted_at_once) {
    auto rest_of_head = head;
    auto rest_of_body = body;
    auto size = move_into(record, rest_of_head);
    size += move_into(std::span(record).subspan(size), rest_of_body);
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), record.data(), size, &written);
    if (result != 1) {
      error = error_of(result);
      return;
    }
    head = rest_of_head;
    body = rest_of_body;
  }
}

void TlsChannel::shut_down() {
  if (broken_ || SSL_is_init_finished(ssl_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

void TlsChannel::sent(std::size_t size) {
  sent_ += size;
  if (sent_ < output_.size()) return;
  sent_ = 0;
  output_.clear();
  if (!keeps_buffers_ && output_.capacity() > largest_kept_output) std::string().swap(output_);
}

TlsChannel::error_code TlsChannel::error_of(int result) {
  const int kind = SSL_get_error(ssl_.get(), result);
  if (kind == SSL_ERROR_NONE || kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return {};
  if (kind == SSL_ERROR_ZERO_RETURN) return boost::asio::error::eof;
  broken_ = true;
  const auto code = static_cast<int>(ERR_get_error());
  if (code == 0) return boost::asio::ssl::error::unspecified_system_error;
  return {code, boost::asio::error::get_ssl_category()};
}

}  // namespace headway::net
