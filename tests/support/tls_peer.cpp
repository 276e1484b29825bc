#include "support/tls_peer.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/ssl.h>

#include "support/tls_stream.hpp"

namespace headway::test {
namespace {

using Context = std::shared_ptr<SSL_CTX>;

int number_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls1_1:
      return TLS1_1_VERSION;
    case TlsVersion::tls1_2:
      return TLS1_2_VERSION;
    case TlsVersion::tls1_3:
      return TLS1_3_VERSION;
  }
  return 0;
}

int pick(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offered_size,
         void* wanted) {
  const auto* const name = static_cast<const unsigned char*>(wanted);
  unsigned char* picked = nullptr;
  const int result = SSL_select_next_proto(&picked, size, name, name[0] + 1u, offered, offered_size);
  *out = picked;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void* wanted_protocol(bool http2) {
  static unsigned char names[][10] = {"\x08http/1.1", "\x02h2"};
  return names[http2 ? 1 : 0];
}

Context make_context(const ServerCertificate& certificate, const TlsPeerOptions& options) {
  const Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* raw = context.get();
  const bool ready = SSL_CTX_use_certificate_chain_file(raw, certificate.chain.c_str()) == 1 &&
                     SSL_CTX_use_PrivateKey_file(raw, certificate.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                     // TLS 1.1 signs with SHA-1, which OpenSSL 3 allows at level 0 alone.
                     SSL_CTX_set_cipher_list(raw, "DEFAULT:@SECLEVEL=0") == 1 &&
                     SSL_CTX_set_min_proto_version(raw, number_of(options.oldest)) == 1 &&
                     SSL_CTX_set_max_proto_version(raw, number_of(options.newest)) == 1;
  if (!ready) throw std::runtime_error("TlsPeer: OpenSSL refused the certificate or the versions");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  if (!options.tickets) {
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(raw, 0);
  }
  SSL_CTX_set_alpn_select_cb(raw, pick, wanted_protocol(options.http2));
  return context;
}

Peer::OpenStream open_tls(Context context, bool close_notify) {
  return [context = std::move(context), close_notify](Socket socket, const StopSignal& stop) {
    return std::make_unique<TlsStream>(std::move(socket), stop, context.get(), close_notify);
  };
}

}  // namespace

TlsPeer::TlsPeer(const ServerCertificate& certificate, Script script, TlsPeerOptions options)
    : Peer(std::move(script), options, "https", open_tls(make_context(certificate, options), options.close_notify)) {}

}  // namespace headway::test
