#include "notices.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <nanobind/stl/unique_ptr.h>

#include "inbox.hpp"

namespace headway::python {
namespace {

using Clock = std::chrono::steady_clock;

OfThisProcess<Address>& reader() {
  static OfThisProcess<Address> address;
  return address;
}

/// Of one engine, on its loop. A storm of refusals is told by a few of them.
class RetryTeller {
 public:
  explicit RetryTeller(Address reader) : reader_(std::move(reader)) {}

  void operator()(const ErrorInfo& why, std::chrono::nanoseconds wait) {
    constexpr int most_a_second = 20;
    const auto now = Clock::now();
    if (now - since_ >= std::chrono::seconds(1)) {
      since_ = now;
      told_ = 0;
    }
    if (told_ >= most_a_second) {
      ++left_out_;
      return;
    }
    ++told_;
    if (reader_.mailbox->put(reader_.number, RetryNotice{why, wait, std::exchange(left_out_, 0)}))
      reader_.mailbox->wake();
  }

 private:
  Address reader_;
  Clock::time_point since_;
  int told_ = 0;
  int left_out_ = 0;
};

}  // namespace

decltype(ClientOptions::on_retry) retry_teller() {
  const auto* address = reader().get();
  if (!address) return nullptr;
  return [teller = std::make_shared<RetryTeller>(*address)](const ErrorInfo& why, std::chrono::nanoseconds wait) {
    (*teller)(why, wait);
  };
}

void bind_notices(nanobind::module_& module) {
  module.def("notices", [] {
    return std::make_unique<Inbox>([](Address address) {
      reader().set(std::make_unique<Address>(std::move(address)));
      return std::shared_ptr<Task>();
    });
  });
}

}  // namespace headway::python
