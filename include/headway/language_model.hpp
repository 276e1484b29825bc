#pragma once

#include <concepts>
#include <future>
#include <memory>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>

#include <headway/async_stream.hpp>
#include <headway/awaitable.hpp>
#include <headway/batch_error.hpp>
#include <headway/client.hpp>
#include <headway/detail/block_on.hpp>
#include <headway/gather.hpp>
#include <headway/message.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>
#include <headway/response.hpp>
#include <headway/stream.hpp>

namespace headway {

/// What OpenAI and ChatOpenAI have in common: one prompt in, one answer out, in every way of waiting for it.
///
/// | for the text        | for the whole Response | waits by                               |
/// |---------------------|------------------------|----------------------------------------|
/// | `invoke`            | `generate`             | blocking the thread; throws Error      |
/// | `ainvoke`           | `agenerate`            | `co_await`; throws Error               |
/// | `async_invoke`      | `async_generate`       | any Asio token, `(exception_ptr, T)`   |
/// |                     | `async_outcome`        | any Asio token, `(Outcome<Response>)`  |
/// |                     | `submit`               | a std::future                          |
/// | `batch`, `abatch`   | `batch_outcomes`, `abatch_outcomes` | many prompts              |
/// | `stream`, `astream` |                        | blocking, `co_await`: text as it comes |
///
/// Thread safety: all members may be called from any thread at once. Copies are cheap and share their settings and
/// their client. A call keeps alive what it needs, so a model may be destroyed while its calls are in flight.
///
/// Cancellation: the per-operation kind `terminal` ends a call at once, down to its socket, with `cancelled`. A
/// cancellation slot has no lock and is cleared just before the handler runs, so emit its signal on the handler's
/// executor only. That of a plain callback is the client's loop, which you reach only with `Client(executor)`:
/// elsewhere bind the callback to an executor of your own (`boost::asio::bind_executor`) and emit there.
template <class Prompt>
class LanguageModel {
 public:
  /// Blocks until the answer is there and returns its text. Throws Error; of kind `configuration`, rather than wait for
  /// ever, on the client's own loop thread. In a coroutine use ainvoke: this would hold up its loop.
  std::string invoke(Prompt prompt, CallOptions options = CallOptions()) const;
  /// The same for the whole Response.
  Response generate(Prompt prompt, CallOptions options = CallOptions()) const;

  /// The coroutine form of invoke: starts when awaited.
  awaitable<std::string> ainvoke(Prompt prompt, CallOptions options = CallOptions()) const;
  /// The coroutine form of generate.
  awaitable<Response> agenerate(Prompt prompt, CallOptions options = CallOptions()) const;

  /// Starts the call now; the future has the Response or throws Error. No thread is held meanwhile.
  std::future<Response> submit(Prompt prompt, CallOptions options = CallOptions()) const;

  /// Completes with `void(std::exception_ptr, std::string)` on the token's executor, or on the client's loop if it has
  /// none (there, blocking calls are refused).
  template <class CompletionToken>
  auto async_invoke(Prompt prompt, CompletionToken&& token) const {
    return async_invoke(std::move(prompt), CallOptions(), std::forward<CompletionToken>(token));
  }
  template <class CompletionToken>
  auto async_invoke(Prompt prompt, CallOptions options, CompletionToken&& token) const {
    return initiate<void(std::exception_ptr, std::string)>(std::move(prompt), std::move(options), token);
  }

  /// Completes with `void(std::exception_ptr, Response)`.
  template <class CompletionToken>
  auto async_generate(Prompt prompt, CompletionToken&& token) const {
    return async_generate(std::move(prompt), CallOptions(), std::forward<CompletionToken>(token));
  }
  template <class CompletionToken>
  auto async_generate(Prompt prompt, CallOptions options, CompletionToken&& token) const {
    return initiate<void(std::exception_ptr, Response)>(std::move(prompt), std::move(options), token);
  }

  /// Completes with `void(Outcome<Response>)`: a failure is a value, nothing is thrown.
  template <class CompletionToken>
  auto async_outcome(Prompt prompt, CompletionToken&& token) const {
    return async_outcome(std::move(prompt), CallOptions(), std::forward<CompletionToken>(token));
  }
  template <class CompletionToken>
  auto async_outcome(Prompt prompt, CallOptions options, CompletionToken&& token) const {
    return initiate<void(Outcome<Response>)>(std::move(prompt), std::move(options), token);
  }

  /// The answer while it is written, for a loop that blocks at each step. See Stream.
  Stream stream(Prompt prompt, CallOptions options = CallOptions()) const;
  /// The same for coroutines and other asynchronous code. See AsyncStream.
  AsyncStream astream(Prompt prompt, CallOptions options = CallOptions()) const;

  /// Asks all prompts, at most `max_concurrency` at once, the next as soon as one ends, and returns the texts in the
  /// order of the prompts. All are finished even if some fail; then BatchError is thrown, which has every outcome.
  /// Blocks; `prompts` is any range of what a prompt can be made of, read lazily on the calling thread.
  template <std::ranges::input_range Prompts>
  std::vector<std::string> batch(Prompts&& prompts, BatchOptions options = {}, CallOptions call = CallOptions()) const {
    return texts(batch_outcomes(std::forward<Prompts>(prompts), options, std::move(call)));
  }
  /// The same without throwing: every outcome, in the order of the prompts.
  template <std::ranges::input_range Prompts>
  std::vector<Outcome<Response>> batch_outcomes(Prompts&& prompts, BatchOptions options = {},
                                                CallOptions call = CallOptions()) const {
    refuse_on_loop();
    return detail::block_on(abatch_outcomes(std::forward<Prompts>(prompts), options, std::move(call)));
  }

  /// The coroutine form of batch. An lvalue range must live until it is done.
  template <std::ranges::input_range Prompts>
  awaitable<std::vector<std::string>> abatch(Prompts&& prompts, BatchOptions options = {},
                                             CallOptions call = CallOptions()) const {
    return awaited_texts(abatch_outcomes(std::forward<Prompts>(prompts), options, std::move(call)));
  }
  /// The coroutine form of batch_outcomes.
  template <std::ranges::input_range Prompts>
  awaitable<std::vector<Outcome<Response>>> abatch_outcomes(Prompts&& prompts, BatchOptions options = {},
                                                            CallOptions call = CallOptions()) const {
    auto ask = [model = *this, call = std::move(call)](auto&& prompt) {
      return model.agenerate(Prompt(std::forward<decltype(prompt)>(prompt)), call);
    };
    return gather_outcomes(std::views::all(std::forward<Prompts>(prompts)) | std::views::transform(std::move(ask)),
                           GatherOptions{options.max_concurrency});
  }

 protected:
  explicit LanguageModel(std::shared_ptr<const detail::ModelState> state) : state_(std::move(state)) {}
  ~LanguageModel() = default;
  LanguageModel(const LanguageModel&) = default;
  LanguageModel(LanguageModel&&) noexcept = default;
  LanguageModel& operator=(const LanguageModel&) = default;
  LanguageModel& operator=(LanguageModel&&) noexcept = default;

 private:
  template <class Signature, class CompletionToken>
  auto initiate(Prompt prompt, CallOptions options, CompletionToken& token) const {
    return boost::asio::async_initiate<CompletionToken, Signature>(
        [self = *this](auto handler, Prompt p, CallOptions o) {
          self.start(std::move(p), std::move(o), boost::asio::any_completion_handler<Signature>(std::move(handler)));
        },
        token, std::move(prompt), std::move(options));
  }

  void start(Prompt prompt, CallOptions options, detail::throwing_handler<std::string> handler) const;
  void start(Prompt prompt, CallOptions options, detail::throwing_handler<Response> handler) const;
  void start(Prompt prompt, CallOptions options, detail::outcome_handler<Response> handler) const;
  void refuse_on_loop() const;

  static std::vector<std::string> texts(std::vector<Outcome<Response>> outcomes);
  static awaitable<std::vector<std::string>> awaited_texts(awaitable<std::vector<Outcome<Response>>> outcomes);

  std::shared_ptr<const detail::ModelState> state_;
};

extern template class LanguageModel<std::string>;
extern template class LanguageModel<ChatPrompt>;

}  // namespace headway
