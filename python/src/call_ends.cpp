#include "call_ends.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <headway/call_end.hpp>

#include "inbox.hpp"

namespace headway::python {
namespace {

constexpr std::size_t most_unread_ends = 65'536;

CallEndNotice notice_of(const CallEnd& end) {
  CallEndNotice notice;
  notice.operation = end.operation;
  notice.method = end.method;
  notice.path = end.path;
  notice.provider = end.provider;
  notice.model = end.model;
  notice.host = end.host;
  notice.port = end.port;
  notice.tag = end.tag;
  notice.usage = end.usage;
  notice.cost = end.cost;
  notice.attempts = end.attempts;
  notice.lasted = end.times.total();
  notice.at = std::chrono::system_clock::now();
  if (!end.error) return notice;
  notice.error = to_string(end.error->kind);
  notice.status = end.error->status;
  notice.request_id = end.error->request_id;
  return notice;
}

/// Between the engines of a process, each on its loop, and the one reader.
class CallEnds {
 public:
  void read_by(Address reader) {
    const std::lock_guard lock(mutex_);
    reader_ = std::move(reader);
    unread_ = left_out_ = 0;
    wanted_ = true;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    if (wanted_.exchange(false)) put(End());
  }
  void read(std::size_t notices) {
    const std::lock_guard lock(mutex_);
    unread_ -= std::min(unread_, notices);
  }
  void tell(const CallEnd& end) {
    if (!wanted_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    if (!wanted_) return;
    if (unread_ >= most_unread_ends) {
      ++left_out_;
      return;
    }
    ++unread_;
    auto notice = notice_of(end);
    notice.left_out = std::exchange(left_out_, 0);
    put(std::move(notice));
  }

 private:
  void put(News news) {
    if (reader_.mailbox->put(reader_.number, std::move(news))) reader_.mailbox->wake();
  }

  std::atomic<bool> wanted_ = false;
  std::mutex mutex_;
  Address reader_;
  std::size_t unread_ = 0;
  std::uint64_t left_out_ = 0;
};

// Of this process: a fork may have left the parent's locked. Guarded by the GIL.
const std::shared_ptr<CallEnds>& call_ends() {
  static OfThisProcess<std::shared_ptr<CallEnds>> ends;
  if (const auto* known = ends.get()) return *known;
  return ends.set(std::make_unique<std::shared_ptr<CallEnds>>(std::make_shared<CallEnds>()));
}

// Never destroyed: the interpreter may be gone by then.
nb::object& tagger() {
  static auto* const object = new nb::object();
  return *object;
}

}  // namespace

decltype(ClientOptions::on_call_end) call_end_teller() {
  return [ends = call_ends()](const CallEnd& end) { ends->tell(end); };
}

std::string tag_of_now() {
  return tagger().is_valid() ? nb::cast<std::string>(tagger()()) : std::string();
}

void bind_call_ends(nb::module_& module) {
  module.def("call_ends", [](nb::object tags) {
    tagger() = std::move(tags);
    return std::make_unique<Inbox>([](Address address) {
      call_ends()->read_by(std::move(address));
      return std::shared_ptr<Task>();
    });
  });
  module.def("call_ends_read", [](std::size_t notices) { call_ends()->read(notices); });
  module.def("call_ends_stop", [] {
    tagger().reset();
    call_ends()->stop();
  });
}

}  // namespace headway::python
