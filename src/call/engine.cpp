#include "call/engine.hpp"

#include <openssl/ssl.h>

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "call/request.hpp"
#include "wire/answer.hpp"
#include "wire/inline_bytes.hpp"
#include "wire/raw.hpp"

namespace headway {
namespace {

namespace asio = boost::asio;

// Before anything that lives as long as the program: OpenSSL then cleans up after it, not before.
std::shared_ptr<asio::io_context> make_loop() {
  OPENSSL_init_ssl(0, nullptr);
  return std::make_shared<asio::io_context>(1);
}

}  // namespace

Client::Engine::Engine(const ClientOptions& options)
    : loop(make_loop()),
      core(std::make_shared<call::Core>(loop->get_executor(), options)),
      work_(loop->get_executor()) {
  try {
    // The thread shares the loop: where the last client goes on that very thread, the loop must outlive the engine.
    thread_ = std::thread([shared = loop] { shared->run(); });
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::configuration, fmt::format("the client's thread cannot be started: {}", error.what()));
  }
  core->set_loop_thread(thread_.get_id());
}

Client::Engine::Engine(asio::any_io_executor executor, const ClientOptions& options)
    : core(std::make_shared<call::Core>(std::move(executor), options)) {}

Client::Engine::~Engine() {
  core->close();
  if (!thread_.joinable()) return;
  work_.reset();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

call::Routes Client::Engine::routes() {
  const std::lock_guard lock(routes_mutex_);
  if (routes_.empty()) routes_ = call::routes_of(core->options(), core->options().endpoints);
  return routes_;
}

std::shared_ptr<const call::Routes> Client::Engine::routes(const Path& path, const Headers& headers) {
  constexpr std::size_t most_paths = 64;
  const std::lock_guard lock(routes_mutex_);
  if (routes_.empty()) routes_ = call::routes_of(core->options(), core->options().endpoints);
  const auto known = headers.empty() ? routes_by_path_.find(path) : routes_by_path_.end();
  if (known != routes_by_path_.end()) return known->second;
  auto made = call::with_heads(routes_, path.method, path.path, headers, path.has_body);
  if (headers.empty() && routes_by_path_.size() < most_paths) routes_by_path_.emplace(path, made);
  return made;
}

call::CallRequest Client::Engine::request(const std::string& method, const std::string& path, std::string body,
                                          const RequestOptions& options) {
  auto ways = routes({method, path, !body.empty()}, options.headers);
  return request(std::move(ways), wire::form_of(path), std::move(body), options);
}

call::CallRequest Client::Engine::request(call::Routes routes, const std::string& method, const std::string& path,
                                          std::string body, const RequestOptions& options) const {
  auto ways = call::with_heads(std::move(routes), method, path, options.headers, !body.empty());
  return request(std::move(ways), wire::form_of(path), std::move(body), options);
}

call::CallRequest Client::Engine::request(std::shared_ptr<const call::Routes> ways, wire::Form form, std::string body,
                                          const RequestOptions& options) const {
  auto facts = wire::request_facts(body);
  auto request = call::make_request(core->options(), std::move(ways), std::move(body), options);
  request.model = std::move(facts.model);
  request.demand.max_tokens = facts.max_tokens;
  request.answers = facts.answers;
  request.demand.prompt_bytes -= wire::inline_bytes(request.http.body);
  request.form = form;
  request.has_own_path = true;
  return request;
}

void Client::Engine::refuse_on_loop() const {
  if (!core->on_loop_thread()) return;
  throw Error(ErrorKind::configuration,
              "a blocking call on the client's own loop thread would wait for itself; co_await ainvoke, or use "
              "async_invoke");
}

}  // namespace headway
