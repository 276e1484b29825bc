#include "net/trusted_certificates.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <openssl/x509.h>

namespace headway::net {

namespace fs = std::filesystem;

namespace {

// As Go's crypto/x509 has them, in root_linux.go.
constexpr std::array known_files{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL, Amazon Linux
    "/etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

std::string certificates_elsewhere(const std::string& file, const std::string& directory,
                                   std::span<const char* const> elsewhere) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return {};
  if (fs::directory_iterator(directory, ignored) != fs::directory_iterator()) return {};
  for (const auto* path : elsewhere) {
    if (fs::is_regular_file(path, ignored)) return path;
  }
  return {};
}

std::string certificates_openssl_misses() {
  for (const auto* variable : {X509_get_default_cert_file_env(), X509_get_default_cert_dir_env()}) {
    if (std::getenv(variable)) return {};
  }
  return certificates_elsewhere(X509_get_default_cert_file(), X509_get_default_cert_dir(), known_files);
}

}  // namespace headway::net
