#include <headway/run.hpp>

#include <utility>

#include "call/model_state.hpp"

namespace headway::detail {
namespace {

thread_local const Client* current = nullptr;

}  // namespace

const Client* current_client() {
  return current;
}

CurrentClient::CurrentClient(boost::asio::any_io_executor executor)
    : client_(std::move(executor)), previous_(std::exchange(current, &client_)) {}

CurrentClient::~CurrentClient() {
  current = previous_;
}

}  // namespace headway::detail
