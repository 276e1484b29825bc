#include "request_task.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>

namespace headway::python {

void RequestTask::start(const Client& client, std::string path, std::string body, RequestOptions options) {
  auto end = [self = shared_from_this(), this](const std::exception_ptr& error, RawResponse response) {
    tell(error ? Outcome<RawResponse>(Error(error)) : Outcome<RawResponse>(std::move(response)));
  };
  client.async_request(std::move(path), std::move(body), std::move(options),
                       boost::asio::bind_cancellation_slot(stop_.slot(), std::move(end)));
}

}  // namespace headway::python
