#include "net/tls_sessions.hpp"

namespace headway::net {
namespace {

constexpr std::size_t max_origins = 256;
// A server sends two TLS 1.3 tickets with a full handshake, and one with a resumed one.
constexpr std::size_t max_sessions = 2;

}  // namespace

void TlsSessions::enable(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &TlsSessions::keep);
}

// The connection shares the sessions of its origin, so that it does not matter which of the two goes first.
int TlsSessions::connection_slot() {
  static const int slot = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::shared_ptr<Kept>*>(kept); });
  return slot;
}

void TlsSessions::watch(SSL* connection, const std::string& origin) {
  if (origins_.size() >= max_origins && !origins_.contains(origin)) origins_.erase(origins_.begin());
  auto& kept = origins_[origin];
  if (!kept) kept = std::make_shared<Kept>();
  offer(connection, *kept);
  auto shared = std::make_unique<std::shared_ptr<Kept>>(kept);
  if (SSL_set_ex_data(connection, connection_slot(), shared.get()) != 1) return;
  [[maybe_unused]] const auto* owned_by_the_slot = shared.release();
}

TlsSessions::Kept* TlsSessions::kept_by(const SSL* connection) {
  const auto* shared = static_cast<std::shared_ptr<Kept>*>(SSL_get_ex_data(connection, connection_slot()));
  return shared ? shared->get() : nullptr;
}

void TlsSessions::forget(SSL* connection) {
  if (auto* kept = kept_by(connection)) kept->clear();
}

// Copies are kept and offered: OpenSSL marks a connection's own session as bad when it is freed without close_notify. A
// ticket is used once (RFC 8446, C.4) as long as there is another; many connections made at once share the last one.
void TlsSessions::offer(SSL* connection, Kept& kept) {
  if (kept.empty()) return;
  const Session copy(SSL_SESSION_dup(kept.back().get()));
  if (copy) SSL_set_session(connection, copy.get());
  if (kept.size() > 1) kept.pop_back();
}

int TlsSessions::keep(SSL* connection, SSL_SESSION* session) {
  auto* kept = kept_by(connection);
  Session copy(kept ? SSL_SESSION_dup(session) : nullptr);
  if (!copy) return 0;
  if (kept->size() >= max_sessions) kept->erase(kept->begin());
  kept->push_back(std::move(copy));
  return 0;  // OpenSSL's reference stays with it
}

}  // namespace headway::net
