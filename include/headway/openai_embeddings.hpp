#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>

#include <headway/awaitable.hpp>
#include <headway/client.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>

namespace headway {

/// What a text means, as numbers.
using Embedding = std::vector<float>;

/// OpenAIEmbeddings'. Default model: "text-embedding-ada-002", as langchain-openai's; HEADWAY_MODEL, which names a model that
/// writes, is not looked at.
struct OpenAIEmbeddingsOptions : EndpointOptions {
  OpenAIEmbeddingsOptions() {}

  std::string model;
  std::optional<int> dimensions;  ///< numbers in each embedding; unset: as many as the model has
  /// How the numbers are to come: "base64", a quarter of the bytes, or "float". Empty: not sent. Both are read.
  std::string encoding_format = "base64";
  /// Texts in one request at the most, at least 1. OpenAI: 2,048; others have as few as 10.
  std::size_t max_inputs = 2048;
  /// Tokens in one request at the most, counted as a third of the bytes; a longer text goes alone. OpenAI: 300,000.
  std::size_t max_tokens = 300'000;
  std::size_t max_concurrency = 64;  ///< requests in flight at once at the most; 0: no limit
  std::string extra_body;            ///< as ModelOptions::extra_body

  std::vector<RouteOptions> endpoints;               ///< as LanguageModelOptions'
  std::optional<std::chrono::milliseconds> timeout;  ///< as LanguageModelOptions'
  std::optional<int> max_retries;                    ///< as LanguageModelOptions'
};

/// Embeddings, POST /v1/embeddings, of any number of texts.
///
///     headway::OpenAIEmbeddings embeddings;
///     std::vector<headway::Embedding> all = embeddings.embed_documents({"first", "second"});
///
/// Texts share requests, as many as `max_inputs` and `max_tokens` allow. A request that is refused because it is too large is
/// sent again in two halves, and later ones are no larger than what was taken. Empty texts, which OpenAI refuses, go in
/// requests of their own, so that no other text fails with them. What a client has used and what it cost is in
/// Client::spend(). Thread safety, copies and cancellation as LanguageModel.
class OpenAIEmbeddings {
 public:
  /// On the default client. Throws Error (`configuration`): a base URL that is none, or no key for a host that is not
  /// loopback, a provider without such an API, a cap of 0.
  explicit OpenAIEmbeddings(OpenAIEmbeddingsOptions options = OpenAIEmbeddingsOptions());
  /// On this client. The endpoint is that of `options`, or the client's.
  OpenAIEmbeddings(OpenAIEmbeddingsOptions options, Client client);

  /// In the order of the texts. Blocks. All requests are finished even if some fail; then the first text's Error is thrown:
  /// embed_outcomes loses nothing.
  std::vector<Embedding> embed_documents(std::vector<std::string> texts,
                                         RequestOptions options = RequestOptions()) const;
  /// Of one text. Blocks; throws Error.
  Embedding embed_query(std::string text, RequestOptions options = RequestOptions()) const;
  /// How it ended for each text, in their order. Blocks; nothing is thrown but `configuration`.
  std::vector<Outcome<Embedding>> embed_outcomes(std::vector<std::string> texts,
                                                 RequestOptions options = RequestOptions()) const;

  /// The coroutine forms.
  awaitable<std::vector<Embedding>> aembed_documents(std::vector<std::string> texts,
                                                     RequestOptions options = RequestOptions()) const;
  awaitable<Embedding> aembed_query(std::string text, RequestOptions options = RequestOptions()) const;
  awaitable<std::vector<Outcome<Embedding>>> aembed_outcomes(std::vector<std::string> texts,
                                                             RequestOptions options = RequestOptions()) const;

  /// Completes with `void(std::exception_ptr, std::vector<Outcome<Embedding>>)` on the token's executor. Cancelled, texts that
  /// have no embedding yet end as `cancelled`.
  template <class CompletionToken>
  auto async_embed_outcomes(std::vector<std::string> texts, RequestOptions options, CompletionToken&& token) const {
    return boost::asio::async_initiate<CompletionToken, void(std::exception_ptr, std::vector<Outcome<Embedding>>)>(
        [self = *this](auto handler, std::vector<std::string> t, RequestOptions o) {
          self.start(std::move(t), std::move(o), std::move(handler));
        },
        token, std::move(texts), std::move(options));
  }

 private:
  struct State;

  void start(std::vector<std::string> texts, RequestOptions options,
             detail::throwing_handler<std::vector<Outcome<Embedding>>> handler) const;

  std::shared_ptr<const State> state_;
};

}  // namespace headway
