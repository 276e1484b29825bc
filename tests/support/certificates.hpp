#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace headway::test {

enum class Validity { now, expired, not_yet };

struct CertificateOptions {
  /// subjectAltName as OpenSSL writes it. One for another host: "DNS:elsewhere.example".
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  Validity validity = Validity::now;
  /// False: the server does not send the intermediate, as misconfigured ones do.
  bool with_intermediate = true;
};

/// PEM files of what a server shows.
struct ServerCertificate {
  std::filesystem::path chain;  ///< the leaf first
  std::filesystem::path key;
};

/// A root, an intermediate signed by it, and leaves signed by the intermediate; EC P-256, made here and now.
/// The files go with it. Throws std::runtime_error.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();

  /// The root in PEM: what a client must trust.
  std::filesystem::path root_file() const;
  ServerCertificate issue(const CertificateOptions& options = CertificateOptions());
  /// A leaf that signs itself.
  ServerCertificate issue_self_signed(const CertificateOptions& options = CertificateOptions());

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headway::test
