#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "call/pass.hpp"
#include "task.hpp"

namespace headway::python {

/// A request that passes through. Its letters are a PassHead, PassBytes, and then End or an Error. A few pieces are written
/// ahead of their reader; past that, the connection is not read.
class PassTask final : public Task, private call::PassSink {
 public:
  PassTask(std::weak_ptr<boost::asio::io_context> loop, Address reader);

  /// Once, from any thread. Throws Error (`configuration`).
  void start(const detail::PassThrough& way, call::PassRequest request);

 private:
  void head(call::PassHead head) override;
  void bytes(std::string_view piece) override;
  void end(const Error* error) override;

  void cancel_now() override;
  void taken_now(std::size_t letters) override;

  std::optional<call::Passing> passing_;
  std::size_t unread_ = 0;
  bool held_ = false;
};

}  // namespace headway::python
