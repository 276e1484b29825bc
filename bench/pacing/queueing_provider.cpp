#include <functional>
#include <queue>

#include "pacing/provider.hpp"

namespace headway::pacing {
namespace {

class QueueingProvider final : public Provider {
 public:
  explicit QueueingProvider(std::size_t slots) {
    for (std::size_t slot = 0; slot < slots; ++slot) free_at_.push(start);
  }

  Reply arrive(const Request& request, time_point now, Ledger& ledger) override {
    const auto begin = std::max(now, free_at_.top());
    Reply reply;
    reply.first_byte = begin + request.prefill;
    reply.end = reply.first_byte + request.decode;
    free_at_.pop();
    free_at_.push(reply.end);
    ledger.accepted.add(now, 1);
    ledger.used.resize(1);
    add_slot_seconds(ledger.used.front(), begin, reply.end);
    return reply;
  }

 private:
  static void add_slot_seconds(Series& series, time_point begin, time_point end) {
    while (begin < end) {
      const auto next = std::min(end, moment(std::floor(seconds(begin)) + 1));
      series.add(begin, seconds(next - begin));
      begin = next;
    }
  }

  std::priority_queue<time_point, std::vector<time_point>, std::greater<>> free_at_;
};

}  // namespace

std::unique_ptr<Provider> queueing_provider(std::size_t slots) {
  return std::make_unique<QueueingProvider>(slots);
}

}  // namespace headway::pacing
