#include "support/certificates.hpp"

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "support/temporary_directory.hpp"

namespace headway::test {
namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("certificates: ") + what);
}

struct Signer {
  X509* certificate;
  EVP_PKEY* key;
};

struct Identity {
  Key key;
  Certificate certificate;
  Signer signer() const { return {certificate.get(), key.get()}; }
};

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

void set_dates(X509* certificate, Validity validity) {
  constexpr long day = 24 * 60 * 60;
  const long begin = validity == Validity::not_yet ? 10 * day : -10 * day;
  const long end = validity == Validity::expired ? -day : 20 * day;
  X509_gmtime_adj(X509_getm_notBefore(certificate), begin);
  X509_gmtime_adj(X509_getm_notAfter(certificate), end);
}

void set_name(X509* certificate, const std::string& name) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME* subject = X509_get_subject_name(certificate);
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1, "name");
}

// Without extensions and not yet signed.
Identity blank(const std::string& name, Validity validity) {
  static std::atomic<long> serial = 1;
  Identity made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  require(made.key && made.certificate, "memory");
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  set_dates(certificate, validity);
  set_name(certificate, name);
  require(X509_set_pubkey(certificate, made.key.get()) == 1, "key");
  return made;
}

void sign(const Identity& subject, Signer signer) {
  X509* certificate = subject.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate));
  add_extension(certificate, signer.certificate, NID_authority_key_identifier, "keyid");
  require(X509_sign(certificate, signer.key, EVP_sha256()) > 0, "signature");
}

// Null signer: signs itself.
Identity make_authority(const std::string& name, const Identity* signer) {
  Identity made = blank(name, Validity::now);
  X509* certificate = made.certificate.get();
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  sign(made, signer != nullptr ? signer->signer() : made.signer());
  return made;
}

Identity make_leaf(const CertificateOptions& options, const Identity* signer) {
  Identity made = blank("headway test server", options.validity);
  X509* certificate = made.certificate.get();
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, certificate, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  add_extension(certificate, certificate, NID_subject_alt_name, options.names);
  sign(made, signer != nullptr ? signer->signer() : made.signer());
  return made;
}

void write_chain(const std::filesystem::path& path, const std::vector<X509*>& chain) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file != nullptr, "file");
  for (X509* certificate : chain) require(PEM_write_X509(file.get(), certificate) == 1, "write");
}

void write_key(const std::filesystem::path& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"));
  require(file && PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write");
}

}  // namespace

struct CertificateAuthority::State {
  TemporaryDirectory directory;
  Identity root = make_authority("headway test root", nullptr);
  Identity intermediate = make_authority("headway test intermediate", &root);
  int issued = 0;

  ServerCertificate save(const Identity& leaf, bool with_intermediate) {
    const std::string name = "leaf-" + std::to_string(++issued);
    ServerCertificate files{directory.path() / (name + ".pem"), directory.path() / (name + ".key")};
    std::vector<X509*> chain = {leaf.certificate.get()};
    if (with_intermediate) chain.push_back(intermediate.certificate.get());
    write_chain(files.chain, chain);
    write_key(files.key, leaf.key.get());
    return files;
  }
};

CertificateAuthority::CertificateAuthority() : state_(std::make_unique<State>()) {
  write_chain(root_file(), {state_->root.certificate.get()});
}

CertificateAuthority::~CertificateAuthority() = default;

std::filesystem::path CertificateAuthority::root_file() const {
  return state_->directory.path() / "root.pem";
}

ServerCertificate CertificateAuthority::issue(const CertificateOptions& options) {
  return state_->save(make_leaf(options, &state_->intermediate), options.with_intermediate);
}

ServerCertificate CertificateAuthority::issue_self_signed(const CertificateOptions& options) {
  return state_->save(make_leaf(options, nullptr), false);
}

}  // namespace headway::test
