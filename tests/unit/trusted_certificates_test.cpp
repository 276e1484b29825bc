#include "net/trusted_certificates.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace headway::net {
namespace {

namespace fs = std::filesystem;

/// A folder with an empty folder "certs" and a file "elsewhere.crt".
class TrustedCertificates : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "certs");
    write("elsewhere.crt");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const char* name) const { std::ofstream(folder_ / name) << "-----BEGIN CERTIFICATE-----\n"; }
  std::string elsewhere() const {
    const auto missing = path("missing.crt"), there = path("elsewhere.crt");
    const std::array files{missing.c_str(), there.c_str()};
    return certificates_elsewhere(path("cert.pem"), path("certs"), files);
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_ = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(TrustedCertificates, AreLookedForElsewhereIfOpensslHasNone) {
  EXPECT_EQ(elsewhere(), path("elsewhere.crt"));
}

TEST_F(TrustedCertificates, AreOpensslsFileIfThatIsThere) {
  write("cert.pem");
  EXPECT_EQ(elsewhere(), "");
}

TEST_F(TrustedCertificates, AreOpensslsDirectoryIfItHoldsAny) {
  write("certs/5ed36f99.0");
  EXPECT_EQ(elsewhere(), "");
}

TEST_F(TrustedCertificates, MayBeNowhere) {
  EXPECT_EQ(certificates_elsewhere(path("no"), path("none"), {}), "");
}

}  // namespace
}  // namespace headway::net
