#pragma once

#include <span>
#include <string>

namespace headway::net {

/// The first of `elsewhere` that is there, if OpenSSL's own `file` and `directory` hold no certificate; else empty.
std::string certificates_elsewhere(const std::string& file, const std::string& directory,
                                   std::span<const char* const> elsewhere);

/// A file of the system's certificate authorities that OpenSSL does not know of: one that was built for another
/// distribution, as in a wheel, looks where that one keeps them. Empty: OpenSSL finds them by itself, or SSL_CERT_FILE or
/// SSL_CERT_DIR says where they are, or there are none.
std::string certificates_openssl_misses();

}  // namespace headway::net
