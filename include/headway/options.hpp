#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headway {

// Plain structs: set what you need, the rest has defaults that are right for most. They have constructors, and so no
// designated initialisers, because g++ 12 destroys temporaries of aggregates twice inside `co_await` expressions.

/// HTTP headers by name. Names are compared without regard to case by servers; give each once.
using Headers = std::map<std::string, std::string>;

/// Where calls go, and as whom. An empty field is taken from the environment.
struct EndpointOptions {
  EndpointOptions() {}

  /// e.g. "https://api.openai.com/v1" or "http://127.0.0.1:8080". Empty: OPENAI_BASE_URL, OPENAI_API_BASE, then OpenAI's.
  std::string base_url;
  /// Empty: OPENAI_API_KEY. May stay empty only for a loopback host. Sent to base_url's host and nowhere else.
  std::string api_key;
  std::string organization;  ///< Empty: OPENAI_ORG_ID, if set
  std::string project;       ///< Empty: OPENAI_PROJECT_ID, if set
  Headers default_headers;   ///< sent with every request; they win over headway's own, those of CallOptions over them
};

/// How long each stage of one attempt may take. Zero means no limit. Waiting for a free connection is never charged.
/// The defaults of `connect` and `total` are those of OpenAI's SDK.
struct Timeouts {
  std::chrono::milliseconds connect = std::chrono::seconds(5);  ///< DNS, TCP, proxy and TLS together
  std::chrono::milliseconds first_byte{0};                      ///< from the request's sending to the first byte back
  std::chrono::milliseconds idle{0};                            ///< between two reads of the answer
  std::chrono::milliseconds total = std::chrono::seconds(600);  ///< from the request's sending to the answer's end
};

/// The protocol that is spoken with https and http endpoints.
enum class HttpVersion {
  automatic,  ///< https: HTTP/2 where the server offers it, else HTTP/1.1. http: HTTP/1.1
  http_1_1,   ///< only HTTP/1.1
  http_2,     ///< only HTTP/2; over http by prior knowledge (h2c), which few servers allow
};

/// A Client's: the loop, its connections, and the endpoint of Client::async_request.
struct ClientOptions : EndpointOptions {
  ClientOptions() {}

  HttpVersion http = HttpVersion::automatic;
  Timeouts timeouts;
  /// Times a failed call is sent again at the most. OpenAI's SDK: 2. 0: never.
  int max_retries = 2;
  /// Connections to one host at the most; further calls wait their turn. OpenAI's SDK: 1,000. 0: no limit. A connection
  /// carries one call over HTTP/1.1, and over HTTP/2 as many as the server allows (100 or more).
  std::size_t max_connections = 1000;
  /// Connections being made to one host at once, so that a burst is no storm of handshakes. 0: no limit.
  std::size_t max_connecting = 64;
  /// An idle connection is closed after this long. 0: at once.
  std::chrono::milliseconds keep_alive = std::chrono::seconds(30);
  /// An answer with more bytes than this is an error of kind `protocol`. 0: no limit.
  std::size_t max_response_bytes = std::size_t{256} << 20;
  /// A PEM file of certificate authorities that are trusted besides the system's. Empty: only the system's, or those of
  /// SSL_CERT_FILE and SSL_CERT_DIR. Verification itself cannot be switched off.
  std::string ca_file;
  /// "http://[user:password@]host:port" for https hosts, by CONNECT. Unset: HTTPS_PROXY and NO_PROXY. "": none.
  std::optional<std::string> proxy;
};

/// A model's settings that a call may have too. An unset field is not sent.
struct ModelOptions {
  ModelOptions() {}

  /// Empty: HEADWAY_MODEL, then the class's default.
  std::string model;
  std::optional<double> temperature;  ///< 0 to 2 at OpenAI; passed on as it is
  std::optional<int> max_tokens;      ///< tokens of the answer at the most
  std::vector<std::string> stop;      ///< texts at which the answer ends; empty: none
  /// A JSON object merged last over the request's body, field by field, so that it can set or replace any field.
  std::string extra_body;
};

/// One request's own settings, whatever it carries.
struct RequestOptions {
  RequestOptions() {}

  std::optional<std::chrono::milliseconds> timeout;   ///< as Timeouts::total, for each attempt; 0: no limit
  std::optional<std::chrono::milliseconds> deadline;  ///< from now to the end, retries and every wait included
  std::optional<int> max_retries;                     ///< as ClientOptions::max_retries
  Headers headers;                                    ///< sent with this request; they win over all others
};

/// One call's own settings. What is set here wins over the model's.
struct CallOptions : ModelOptions, RequestOptions {
  CallOptions() {}
};

/// A language model's: what is asked, where, and how.
struct LanguageModelOptions : ModelOptions, EndpointOptions {
  LanguageModelOptions() {}

  std::optional<std::chrono::milliseconds> timeout;  ///< as Timeouts::total; unset: the client's
  std::optional<int> max_retries;                    ///< unset: the client's
};

/// OpenAI's: with the defaults of the article's library, langchain-openai's `OpenAI`. Default model:
/// "gpt-3.5-turbo-instruct", which OpenAI's own list shuts down on 2026-09-28; HEADWAY_MODEL replaces it.
struct OpenAIOptions : LanguageModelOptions {
  OpenAIOptions() {
    temperature = 0.7;
    max_tokens = 256;
  }
};

/// ChatOpenAI's: sends only what is set, since newer models refuse `max_tokens` and `temperature`. There is no default
/// model.
struct ChatOpenAIOptions : LanguageModelOptions {
  ChatOpenAIOptions() {}
};

/// A batch's.
struct BatchOptions {
  /// Calls alive at once at the most; the next starts as soon as one ends. 0: as many as there are prompts.
  std::size_t max_concurrency = 1000;
};

/// gather's and as_completed's.
struct GatherOptions {
  /// Awaitables alive at once at the most; the next of the range is made as soon as one ends. 0: all at once.
  std::size_t limit = 0;
};

}  // namespace headway
