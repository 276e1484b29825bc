#pragma once

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <headway/client.hpp>

#include "call/call.hpp"
#include "call/core.hpp"

namespace headway {

/// What the copies of a Client share. Its end is the end of all calls.
struct Client::Engine {
  explicit Engine(const ClientOptions& options);
  Engine(boost::asio::any_io_executor executor, const ClientOptions& options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// Throws Error (`configuration`) where a blocking call could never end.
  void refuse_on_loop() const;

  /// A request to the client's own endpoints; `body`: JSON, empty for none. Throws Error (`configuration`).
  call::CallRequest request(const std::string& method, const std::string& path, std::string body,
                            const RequestOptions& options);
  /// The same to others.
  call::CallRequest request(call::Routes routes, const std::string& method, const std::string& path, std::string body,
                            const RequestOptions& options) const;
  /// The client's own. Throws Error (`configuration`).
  call::Routes routes();

  std::shared_ptr<boost::asio::io_context> loop;  // null on the caller's executor
  std::shared_ptr<call::Core> core;

 private:
  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  struct Path {
    std::string method, path;
    bool has_body;
    auto operator<=>(const Path&) const = default;
  };

  call::CallRequest request(std::shared_ptr<const call::Routes> ways, wire::Form form, std::string body,
                            const RequestOptions& options) const;
  /// Those of all requests to a path without headers of their own are the same, so that their gates and the fields of their
  /// heads are known again.
  std::shared_ptr<const call::Routes> routes(const Path& path, const Headers& headers);

  std::mutex routes_mutex_;
  call::Routes routes_;  // made at the first use: a client that only serves models needs none
  std::map<Path, std::shared_ptr<const call::Routes>> routes_by_path_;
  std::optional<Work> work_;
  std::thread thread_;
};

}  // namespace headway
