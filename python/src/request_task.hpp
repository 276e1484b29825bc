#pragma once

#include <string>

#include <boost/asio/cancellation_signal.hpp>

#include <headway/client.hpp>

#include "task.hpp"

namespace headway::python {

/// A request to any path of a client's endpoint. Its letter is an Outcome<RawResponse>.
class RequestTask final : public Task {
 public:
  using Task::Task;

  /// Once, from any thread.
  void start(const Client& client, std::string path, std::string body, RequestOptions options);

 private:
  void cancel_now() override { stop_.emit(boost::asio::cancellation_type::terminal); }

  boost::asio::cancellation_signal stop_;  // of the loop's thread
};

}  // namespace headway::python
