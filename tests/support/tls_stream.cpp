#include "support/tls_stream.hpp"

#include <openssl/err.h>
#include <poll.h>

namespace headway::test {
namespace {

bool is_wait(int error) {
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  return reason != nullptr ? reason : "the client left";
}

}  // namespace

TlsStream::TlsStream(Socket accepted, const StopSignal& stop, SSL_CTX* context, bool close_notify)
    : Stream(std::move(accepted), stop), ssl_(SSL_new(context)), close_notify_(close_notify) {
  SSL_set_fd(ssl_.get(), socket().fd());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return;
    if (!wait_as_told(result, patience)) throw HandshakeFailed("the TLS handshake failed: " + last_reason());
  }
}

// False if there is nothing to wait for, or the wait ended at the stop or the limit.
bool TlsStream::wait_as_told(int result, std::chrono::milliseconds limit) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (!is_wait(error)) return false;
  const short event = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
  return wait_ready(socket().fd(), event, stop(), limit);
}

std::ptrdiff_t TlsStream::read_some(char* to, std::size_t size, std::chrono::milliseconds limit) {
  while (socket()) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), to, static_cast<int>(size));
    if (got > 0) return got;
    const bool again = is_wait(SSL_get_error(ssl_.get(), got));
    if (!again) return 0;
    if (!wait_as_told(got, limit)) return -1;
  }
  return 0;
}

bool TlsStream::write(std::string_view bytes) {
  std::size_t written = 0;
  while (socket() && !bytes.empty()) {
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    if (result == 1) {
      bytes.remove_prefix(written);
    } else if (!wait_as_told(result, patience)) {
      return false;
    }
  }
  return bytes.empty();
}

void TlsStream::say_goodbye() {
  ERR_clear_error();
  if (close_notify_ && socket()) SSL_shutdown(ssl_.get());
}

bool TlsStream::ask_for_handshake() {
  ERR_clear_error();
  return SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1;
}

std::string TlsStream::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : std::string();
}

}  // namespace headway::test
