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

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  bool wait_as_told(int result, std::chrono::milliseconds limit);

  std::unique_ptr<SSL, Free> ssl_;
  bool close_notify_;
};

}  // namespace headway::test
