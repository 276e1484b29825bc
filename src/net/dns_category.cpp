#include "net/dns_category.hpp"

#include <string>

#include <ares.h>

namespace headway::net {
namespace {

class DnsCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "dns"; }

  std::string message(int value) const override {
    switch (value) {
      case ARES_ENOTFOUND:
      case ARES_ENONAME:
        return "no such host name";
      case ARES_ENODATA:
        return "the host name has no address";
      case ARES_EBADNAME:
        return "not a host name";
      case ARES_ESERVFAIL:
        return "the name server failed";
      case ARES_EREFUSED:
        return "the name server refused the question";
      case ARES_ENOTIMP:
      case ARES_EFORMERR:
        return "the name server does not understand the question";
      case ARES_EBADRESP:
        return "the name server's answer makes no sense";
      case ARES_ETIMEOUT:
        return "the name servers did not answer";
      case ARES_ECONNREFUSED:
        return "the name servers could not be reached";
      default:
        return ares_strerror(value);
    }
  }
};

}  // namespace

const boost::system::error_category& dns_category() noexcept {
  static const DnsCategory category;
  return category;
}

}  // namespace headway::net
