#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <headway/client_stats.hpp>
#include <headway/detail/start.hpp>
#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>
#include <headway/model_spend.hpp>
#include <headway/options.hpp>

namespace headway {

/// The engine that makes the calls: one I/O loop, and the connections it keeps open. All that runs on it holds neither
/// a thread nor a lock while it waits.
///
/// A Client is a handle: copies are the same engine. When the last copy goes (those inside models count), calls still in
/// flight are cancelled, each handler is completed once, and the engine's thread is joined.
///
/// Thread safety: all members may be called from any thread.
class Client {
 public:
  /// An engine with a thread of its own. Opens no connection yet.
  /// Throws Error (`configuration`) for options that make no sense.
  explicit Client(ClientOptions options = ClientOptions());

  /// An engine on the caller's loop: no thread of its own and no hops between threads. `executor` must run one handler
  /// at a time: an io_context that one thread runs, or a strand. Its context must outlive the client. Open connections
  /// count as work: `close()` lets the context's `run()` return.
  explicit Client(boost::asio::any_io_executor executor, ClientOptions options = ClientOptions());

  /// Posts `body` (JSON) to `path` ("/v1/embeddings") at the client's endpoint and gives back what it answers. Of the
  /// body "model", "n" and the limit of tokens are read, for pacing, prices and routes; of an answer in JSON its usage, and
  /// whether it is an error or breaks off. A base URL that has a path of its own takes the place of a leading "/v1".
  ///
  /// Completes with `void(std::exception_ptr, RawResponse)` on the token's executor; the exception is an Error.
  /// Retries, timeouts and the key are as in every call. Per-operation cancellation `terminal` stops it down to the
  /// socket.
  template <class CompletionToken>
  auto async_request(std::string path, std::string body, CompletionToken&& token) const {
    return async_request(std::move(path), std::move(body), RequestOptions(), std::forward<CompletionToken>(token));
  }

  /// The same with options for this request alone.
  template <class CompletionToken>
  auto async_request(std::string path, std::string body, RequestOptions options, CompletionToken&& token) const {
    return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr, RawResponse)>(
        [self = *this](auto handler, std::string p, std::string b, RequestOptions o) {
          self.start_request(std::move(p), std::move(b), std::move(o), std::move(handler));
        },
        token, std::move(path), std::move(body), std::move(options));
  }

  /// The same, blocking. Throws Error; of kind `configuration` on the engine's own loop thread.
  RawResponse request(std::string path, std::string body, RequestOptions options = RequestOptions()) const;

  /// The names of the models that the endpoint serves, in its order (GET /v1/models). Blocks; throws Error.
  std::vector<std::string> models(RequestOptions options = RequestOptions()) const;

  /// From any thread. On the client's loop: of now. From others: at most 0.25 s old while calls are in flight, or, on a
  /// loop of the caller's, as of the last call that began or ended. A connection closed since then is still counted.
  ClientStats stats() const noexcept;

  /// What was used, and what it cost: a row for each endpoint, model and service tier; endpoints and models in the order
  /// in which calls first named them. As of the same moments as stats(). From any thread.
  std::vector<ModelSpend> spend() const;

  /// stats() and spend() in Prometheus's text format (0.0.4), for your own endpoint to serve: `headway_calls_ended_total` and so
  /// on. A model without a price has no line of cost. As of the same moments as stats(). From any thread.
  std::string metrics() const;

  /// For clients that share one provider's limits with others, as the processes of a cluster do: from now on this one
  /// keeps to `lease`, which takes the place of the one before and ends after `lasts`. Then nothing is sent until the
  /// next lease: calls wait, and `limited_by` says `lease`; what was sent goes on. A client that never had a lease has all
  /// of its limits for itself. To begin with nothing, take a `Lease()`.
  /// Throws Error (`configuration`) for parts that are not from 0 to 1. Returns at once.
  void take_lease(const Lease& lease, std::chrono::milliseconds lasts) const;

  /// What part of the limits the calls could use: the largest of all endpoints and models. As of the same moments as
  /// stats(), and of the last lease; zero before the first.
  LeaseDemand demand() const;

  /// What answers' headers have told of limits: a row for each endpoint and model. As of the same moments as stats(), 50 ms
  /// apart, and of the last lease. Those that are called with several keys are left out.
  std::vector<LearnedLimits> limits() const;

  /// What limits() of another client with the same key has told. Holds where this one's own answers have told nothing, and
  /// `sliced` always. Rows that name nothing that this client calls wait until it does. Returns at once.
  void learn_limits(std::vector<LearnedLimits> limits) const;

  /// Cancels all that is in flight, closes every connection, and refuses further calls with `cancelled`. Returns at
  /// once; handlers complete on their executors. May be called more than once.
  void close() const;

 private:
  friend struct detail::ModelState;
  friend class detail::PassThrough;
  struct Engine;

  void start_request(std::string path, std::string body, RequestOptions options,
                     detail::throwing_handler<RawResponse> handler) const;
  RawResponse block(const char* method, const std::string& path, std::string body, const RequestOptions& options) const;

  std::shared_ptr<Engine> engine_;
};

/// The client that models without one of their own share: made at its first use, with default options.
Client default_client();

}  // namespace headway
