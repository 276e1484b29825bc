#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headway/client.hpp>
#include <headway/error.hpp>

namespace headway::call {

class Core;
class PassCall;

/// A request that passes through as it is: any method, path and body.
struct PassRequest {
  PassRequest() {}

  std::string method = "POST";
  std::string path;  ///< with its query; as in Client::async_request
  std::string body;
  RequestOptions options;
  /// The longest silence, from the request's sending to the first byte and between two. It takes the place of Timeouts::total,
  /// which is for an attempt as a whole. Unset: the client's timeouts.
  std::optional<std::chrono::milliseconds> silence;
};

/// What comes before the bytes of an answer.
struct PassHead {
  int status = 0;  ///< any: that of a refusal too, once no further attempt is made
  std::vector<std::pair<std::string, std::string>> headers;
  int attempts = 0;
};

/// Who takes an answer that passes through. All is called on the client's loop, and must neither block nor throw.
class PassSink {
 public:
  virtual ~PassSink() = default;
  /// First, unless the call fails without an answer.
  virtual void head(PassHead head) = 0;
  virtual void bytes(std::string_view piece) = 0;
  /// Last: null if the answer is whole.
  virtual void end(const Error* error) = 0;
};

/// A request under way. From any thread.
class Passing {
 public:
  Passing(std::shared_ptr<Core> core, std::shared_ptr<PassCall> call);

  /// Ends it, down to its socket; its sink hears of that.
  void cancel() const;
  /// Reads no more of the answer, or goes on: the server must wait.
  void hold(bool hold) const;

 private:
  std::weak_ptr<Core> core_;
  std::weak_ptr<PassCall> call_;
};

}  // namespace headway::call

namespace headway::detail {

/// A place that requests pass through to, with a client's pacing, retries, prices and caps. Answers of events, and all that
/// is no JSON, are handed over as they come; what fails before is sent again as any call.
class PassThrough {
 public:
  /// `place`: null for the client's own endpoints; else an address and a key, for which the client's limits and prices hold.
  /// Throws Error (`configuration`).
  PassThrough(Client client, const EndpointOptions* place);
  ~PassThrough();

  /// Throws Error (`configuration`).
  call::Passing start(call::PassRequest request, std::shared_ptr<call::PassSink> sink) const;

 private:
  struct Places;

  Client client_;
  std::unique_ptr<const Places> places_;
};

}  // namespace headway::detail
