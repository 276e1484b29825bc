#include "pacing/provider.hpp"
#include "pacing/random.hpp"

namespace headway::pacing {
namespace {

constexpr double failure_seconds = 0.02;

class FailingProvider final : public Provider {
 public:
  FailingProvider(std::unique_ptr<Provider> inner, const Outage& outage) : inner_(std::move(inner)), outage_(outage) {}

  Reply arrive(const Request& request, time_point now, Ledger& ledger) override {
    if (!outage_.covers(now) || random_.uniform() >= outage_.share) return inner_->arrive(request, now, ledger);
    Reply reply;
    reply.result = outage_.result;
    reply.first_byte = reply.end = now + duration(failure_seconds);
    ledger.failed.add(now, 1);
    return reply;
  }

 private:
  std::unique_ptr<Provider> inner_;
  Outage outage_;
  Random random_{1};
};

}  // namespace

std::unique_ptr<Provider> failing_provider(std::unique_ptr<Provider> inner, const Outage& outage) {
  return std::make_unique<FailingProvider>(std::move(inner), outage);
}

}  // namespace headway::pacing
