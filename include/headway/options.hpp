#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <headway/error.hpp>

namespace headway {

struct CallEnd;

// Plain structs: set what you need, the rest has defaults that are right for most. They have constructors, and so no
// designated initialisers, because g++ 12 destroys temporaries of aggregates twice inside `co_await` expressions.

/// HTTP headers by name. Names are compared without regard to case by servers; give each once.
using Headers = std::map<std::string, std::string>;

/// What a provider allows one key at one endpoint. Zero: not known, to be learned from the provider's answers. Where a
/// limit is both set and learned, the lower holds. All but zero must be positive.
struct LimitOptions {
  LimitOptions() {}

  double requests_per_minute = 0;
  double tokens_per_minute = 0;         ///< of prompts and answers together
  double input_tokens_per_minute = 0;   ///< of prompts, where the provider counts them apart
  double output_tokens_per_minute = 0;  ///< of answers, where the provider counts them apart
  double requests_per_day = 0;
  double tokens_per_day = 0;  ///< of prompts and answers together
  /// How much of every limit, set or learned, is this client's; the rest is left to others who use the same key. Above
  /// 0, up to 1.
  double share = 1;
  /// Calls in flight there at the most. 0: the limit finds itself.
  std::size_t max_concurrency = 0;

  bool operator==(const LimitOptions&) const = default;
};

/// What tokens cost, in US dollars per million. Unset: as published, at a provider's own host. 0 is a price too: of what is free.
struct PriceOptions {
  PriceOptions() {}

  std::optional<double> in;         ///< of the prompt
  std::optional<double> out;        ///< of the answer, reasoning included
  std::optional<double> cached_in;  ///< of the part of a prompt that the provider had in its cache; unset: as `in`
  /// A file of LiteLLM's model_prices_and_context_window.json's format, in which the model's prices stand. What is set
  /// above wins over it. Empty: none.
  std::string file;
  std::string name_in_file;  ///< e.g. "groq/llama-3.1-8b-instant"; without a file: in headway's own; empty: the model's

  bool operator==(const PriceOptions&) const = default;
};

/// Where calls go, and as whom. An empty field is taken from the environment.
struct EndpointOptions {
  EndpointOptions() {}

  /// Whose words it speaks: "openai", as most servers do, or those that chats are put into: "anthropic", by its Messages API,
  /// or "gemini" ("google_genai"), by generateContent; "azure" ("azure_openai") is OpenAI's at Azure. Empty: "openai". Each takes
  /// address and key from variables of its own: ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY; GOOGLE_GEMINI_BASE_URL, GEMINI_API_KEY, or
  /// else GOOGLE_API_KEY; AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY; OpenAI the variables below.
  std::string provider;
  /// e.g. "https://api.openai.com/v1" or "http://127.0.0.1:8080". Empty: OPENAI_BASE_URL, OPENAI_API_BASE, then OpenAI's.
  std::string base_url;
  /// Empty: OPENAI_API_KEY. May stay empty only for a loopback host, and where `default_headers` carry a key. Sent to base_url's host and nowhere else.
  std::string api_key;
  /// In place of a key, for keys that end: a command for /bin/sh whose standard output is the key, such as
  /// "gcloud auth print-access-token". It is run where the endpoint is first used, which waits for it (a minute at the
  /// most), and by a thread again before the key ends; one at a time in a process. Empty: none.
  std::string api_key_command;
  /// How long a key of `api_key_command` can be used, from the start of the command on. At least 10 s.
  std::chrono::seconds api_key_lasts{3600};
  std::string organization;  ///< Empty: OPENAI_ORG_ID, if set
  std::string project;       ///< Empty: OPENAI_PROJECT_ID, if set
  Headers default_headers;   ///< sent with every request; they win over headway's own, those of CallOptions over them
  LimitOptions limits;       ///< of this endpoint, for each model and key
  PriceOptions prices;       ///< of the model there
};

/// One of several endpoints that share the work. Nothing of one goes to another: each has its own key, headers, limits
/// and prices. Only if `base_url`, `api_key` and `api_key_command` are empty are the first two taken from the environment.
struct RouteOptions : EndpointOptions {
  RouteOptions() {}

  std::string model;  ///< the model's name there; empty: the name that the call has
  /// How many calls it gets, compared with the others, while several have room. Above 0.
  double weight = 1;
  /// Gets calls only while no endpoint that is no fallback takes any, because its limits are exhausted or it fails.
  /// Fallbacks are tried in the order in which they stand.
  bool fallback = false;
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

/// A Client's: the loop, its connections, the endpoint of Client::async_request and of models without one of their own,
/// and what all of its calls together may use.
struct ClientOptions : EndpointOptions {
  ClientOptions() {}

  /// Several endpoints for every call, by free quota and health, in place of the one above, which must be left empty.
  /// Empty: the one above.
  std::vector<RouteOptions> endpoints;
  /// US dollars that all calls of this client together may cost. No call is sent that could pass it: those in flight are
  /// counted by an estimate. 0: no cap. A call to a model without a price is an error of kind `configuration` under it.
  double max_cost = 0;
  /// Tokens, of prompts and answers, that all calls of this client together may use; counted as max_cost. 0: no cap.
  std::int64_t max_total_tokens = 0;
  HttpVersion http = HttpVersion::automatic;
  Timeouts timeouts;
  /// Times a failed call is sent again at the most. OpenAI's SDK: 2. 0: never.
  int max_retries = 2;
  /// Identical calls that are in flight at the same time share one request: it is sent and paid for once, and each gets a
  /// copy of the answer, usage and times of the one request too, with the cost in one of them. Identical: same endpoints, headers, body, timeout, max_retries and
  /// max_wait. Each has a deadline and a cancellation of its own; the request ends with the last of them. Not for streams.
  /// Whoever asks the same several times for different answers must leave it off.
  bool single_flight = false;
  /// Connections to one host at the most; further calls wait their turn, and ClientStats says so (LimitedBy::connections).
  /// Unset: three quarters of the files that this process may open as the client is made (ulimit -n); the program and the
  /// Python module raise that to what is allowed, the library leaves it as it is. 0: no limit. A connection carries one
  /// call over HTTP/1.1, and over HTTP/2 as many as the server allows (100 or more).
  std::optional<std::size_t> max_connections;
  /// Connections being made to one host at once, so that a burst is no storm of handshakes. 0: no limit.
  std::size_t max_connecting = 64;
  /// An idle connection is closed after this long. 0: at once.
  std::chrono::milliseconds keep_alive = std::chrono::seconds(30);
  /// An answer with more bytes than this is an error of kind `protocol`. 0: no limit. All answers that are coming in may have
  /// eight times as much together, and 2 GB in any case: past it, one that has more than an equal share ends so too.
  std::size_t max_response_bytes = std::size_t{256} << 20;
  /// A PEM file of certificate authorities that are trusted besides the system's. Empty: only the system's, or those of
  /// SSL_CERT_FILE and SSL_CERT_DIR. Verification itself cannot be switched off.
  std::string ca_file;
  /// "[http://][user:password@]host:port" for https hosts, by CONNECT. Unset: HTTPS_PROXY, else ALL_PROXY, and NO_PROXY. "":
  /// none.
  std::optional<std::string> proxy;
  /// Told why an attempt is made again, and after how long a wait (0: when its turn comes). For logs: neither key nor prompt
  /// is in it. Called on the client's loop; must neither block nor throw.
  std::function<void(const ErrorInfo& why, std::chrono::nanoseconds wait)> on_retry;
  /// Told how each call ended, once, before whoever asked is (see <headway/call_end.hpp>): for metrics, traces and logs. Calls
  /// that share one request (`single_flight`) are told as one. Called on the client's loop; must neither block nor throw.
  std::function<void(const CallEnd& end)> on_call_end;
};

/// A model's settings that a call may have too. An unset field is not sent.
struct ModelOptions {
  ModelOptions() {}

  /// Empty: HEADWAY_MODEL, then the class's default.
  std::string model;
  std::optional<double> temperature;  ///< 0 to 2 at OpenAI; passed on as it is
  std::optional<int> max_tokens;      ///< tokens of the answer at the most
  /// The same by OpenAI's newer name, and sent by it: newer models refuse the other. Of a model's and a call's, the call's
  /// holds, by whichever name.
  std::optional<int> max_completion_tokens;
  std::vector<std::string> stop;  ///< texts at which the answer ends; empty: none
  /// A JSON object merged last over the request's body, field by field, so that it can set or replace any field.
  std::string extra_body;
};

/// One request's own settings, whatever it carries.
struct RequestOptions {
  RequestOptions() {}

  std::optional<std::chrono::milliseconds> timeout;   ///< as Timeouts::total, for each attempt; 0: no limit
  std::optional<std::chrono::milliseconds> deadline;  ///< from now to the end, retries and every wait included
  std::optional<int> max_retries;                     ///< as ClientOptions::max_retries
  /// How long the call may wait to be sent, in all: for the provider's limits, while an endpoint is left alone, for a slot.
  /// Past it, or at once if the server asks for more, it ends with the refusal. Unset: as long as it takes; 0: not at all.
  std::optional<std::chrono::milliseconds> max_wait;
  Headers headers;                    ///< sent with this request; they win over all others
  std::optional<bool> single_flight;  ///< unset: as ClientOptions::single_flight
  std::string tag;                    ///< the caller's own, which comes back in CallEnd; is not sent
};

/// One call's own settings. What is set here wins over the model's.
struct CallOptions : ModelOptions, RequestOptions {
  CallOptions() {}
};

/// A language model's: what is asked, where, and how.
struct LanguageModelOptions : ModelOptions, EndpointOptions {
  LanguageModelOptions() {}

  /// As ClientOptions::endpoints, for this model's calls. Empty: the one above, or else the client's.
  std::vector<RouteOptions> endpoints;
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

/// ChatAnthropic's. There is no default model.
struct ChatAnthropicOptions : LanguageModelOptions {
  ChatAnthropicOptions() { provider = "anthropic"; }
};

/// ChatGoogleGenerativeAI's. There is no default model.
struct ChatGoogleGenerativeAIOptions : LanguageModelOptions {
  ChatGoogleGenerativeAIOptions() { provider = "gemini"; }
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
