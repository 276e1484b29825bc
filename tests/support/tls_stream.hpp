#pragma once

#include <memory>

#include <openssl/ssl.h>

#include "support/stream.hpp"

namespace headway::test {

/// The server's side of a TLS connection.
class TlsStream : public Stream {
 public:
  /// Shakes hands. Throws HandshakeFailed.
  TlsStream(Socket socket, const StopSignal& stop, SSL_CTX* context, bool close_notify);

  std::ptrdiff_t read_some(char* to, std::size_t size, std::chrono::milliseconds limit) override;
  bool write(std::string_view bytes) override;
  void say_goodbye() override;
  std::string server_name() const override;
  bool is_resumed() const override { return SSL_session_reused(ssl_.get()) == 1; }
  /// TLS 1.2: asks the client for another handshake; it takes place while bytes are read. False if that is not possible.
  bool ask_for_handshake();
  /// How many handshakes there were.
  long handshakes() const { return 1 + SSL_total_renegotiations(ssl_.get()); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  bool wait_as_told(int result, std::chrono::milliseconds limit);

  std::unique_ptr<SSL, Free> ssl_;
  bool close_notify_;
};

}  // namespace headway::test
