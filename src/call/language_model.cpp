#include <headway/language_model.hpp>

#include <algorithm>
#include <future>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/chat_anthropic.hpp>
#include <headway/chat_google_generative_ai.hpp>
#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

#include "call/convert.hpp"
#include "call/future_handler.hpp"
#include "call/model_state.hpp"
#include "call/request.hpp"
#include "call/stream_reader.hpp"
#include "call/typed_call.hpp"
#include "wire/answer.hpp"
#include "wire/encode.hpp"
#include "wire/raw.hpp"

namespace headway {
namespace {

namespace asio = boost::asio;

/// How a kind of prompt is said on the wire.
template <class Prompt>
struct Api;

template <>
struct Api<std::string> {
  static constexpr auto path = "/v1/completions";
  static constexpr auto form = wire::Form::completion;
  static std::string encode(const std::string& prompt, const ModelOptions& options, wire::Delivery delivery) {
    return wire::completion_body(prompt, options, delivery);
  }
  static std::size_t bytes(const std::string& prompt) { return prompt.size(); }
  /// Who sets the same asks for nothing else than who sets none.
  static std::optional<double> default_temperature() { return OpenAIOptions().temperature; }
};

template <>
struct Api<ChatPrompt> {
  static constexpr auto path = "/v1/chat/completions";
  static constexpr auto form = wire::Form::chat;
  static std::string encode(const ChatPrompt& prompt, const ModelOptions& options, wire::Delivery delivery) {
    return wire::chat_body(prompt.messages(), options, delivery);
  }
  static std::optional<double> default_temperature() { return ChatOpenAIOptions().temperature; }
  static std::size_t bytes(const ChatPrompt& prompt) {
    std::size_t all = 0;
    for (const auto& message : prompt.messages()) all += message.content.size();
    return all;
  }
};

template <class Prompt>
call::CallRequest make_request(const detail::ModelState& model, const ClientOptions& client, const Prompt& prompt,
                               CallOptions options, wire::Delivery delivery) {
  const auto merged = wire::merged(model.options, options);
  if (!options.timeout) options.timeout = model.options.timeout;
  if (!options.max_retries) options.max_retries = model.options.max_retries;
  auto routes = options.headers.empty()
                    ? model.routes
                    : call::with_heads(*model.routes, "POST", Api<Prompt>::path, options.headers, true);
  auto request = call::make_request(client, std::move(routes), Api<Prompt>::encode(prompt, merged, delivery), options);
  request.form = Api<Prompt>::form;
  // Here and nowhere else a caller can ask for several.
  if (auto extra = merged.extra_body; !extra.empty()) request.answers = wire::request_facts(extra).answers;
  request.model = merged.model;
  request.demand.prompt_bytes = Api<Prompt>::bytes(prompt);
  request.demand.max_tokens = merged.max_tokens ? merged.max_tokens : merged.max_completion_tokens;
  request.default_temperature = !options.temperature && merged.temperature == Api<Prompt>::default_temperature();
  return request;
}

Response response_of(net::Reply reply, wire::Answer answer) {
  Response response;
  response.choices = std::move(answer.choices);
  response.usage = answer.usage;
  response.model = std::move(answer.model);
  response.service_tier = std::move(answer.service_tier);
  response.raw = std::move(reply.body);
  response.translated = std::move(answer.translated);
  return response;
}

template <class Prompt, class... Arguments>
void start_on(const std::shared_ptr<call::Core>& core, const detail::ModelState& model, Prompt prompt,
              CallOptions options, std::tuple<Arguments...> (*convert)(Outcome<Response>),
              asio::any_completion_handler<void(Arguments...)> handler) {
  auto request = [&] {
    return make_request(model, core->options(), prompt, std::move(options), wire::Delivery::whole);
  };
  call::start_call(core, request, response_of, convert, std::move(handler));
}

template <class Prompt>
std::shared_ptr<detail::StreamReader> stream_of(const std::shared_ptr<const detail::ModelState>& model, Prompt prompt,
                                                CallOptions options) {
  auto make_call = [model, prompt = std::move(prompt),
                    options = std::move(options)](const std::shared_ptr<call::Core>& core) {
    auto request = make_request(*model, core->options(), prompt, options, wire::Delivery::streamed);
    return std::make_shared<call::StreamCall>(core, std::move(request));
  };
  return detail::StreamReader::handle(model, std::move(make_call));
}

std::tuple<std::exception_ptr, std::string> text_only(Outcome<Response> outcome) {
  if (!outcome) return {std::make_exception_ptr(outcome.error()), std::string()};
  return {nullptr, std::move(outcome->choices.front().text)};
}

/// What a call that is not begun yet is made of.
template <class Prompt>
struct Asked {
  Asked(Prompt its_prompt, CallOptions its_options) : prompt(std::move(its_prompt)), options(std::move(its_options)) {}

  Prompt prompt;
  CallOptions options;
};

// What it needs is kept in the coroutine: the model itself may be gone when it is awaited. What is asked is on the heap,
// and gone once the call has begun: ten thousand in flight should not each hold it twice.
template <class T, class Prompt>
awaitable<T> awaited(std::shared_ptr<const detail::ModelState> model, Prompt prompt, CallOptions options,
                     std::tuple<std::exception_ptr, T> (*convert)(Outcome<Response>)) {
  auto asked = std::make_unique<Asked<Prompt>>(std::move(prompt), std::move(options));
  auto begin = [model = std::move(model), asked = std::move(asked), convert](auto handler) mutable {
    const auto now = std::move(asked);
    const auto core = model->core_for(asio::get_associated_executor(handler));
    start_on(core, *model, std::move(now->prompt), std::move(now->options), convert,
             detail::throwing_handler<T>(std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, T)>(std::move(begin),
                                                                                           asio::use_awaitable);
}

constexpr auto openai_model = "gpt-3.5-turbo-instruct";

}  // namespace

template <class Prompt>
std::string LanguageModel<Prompt>::invoke(Prompt prompt, CallOptions options) const {
  return std::move(generate(std::move(prompt), std::move(options)).choices.front().text);
}

template <class Prompt>
Response LanguageModel<Prompt>::generate(Prompt prompt, CallOptions options) const {
  return submit(std::move(prompt), std::move(options)).get();
}

template <class Prompt>
std::future<Response> LanguageModel<Prompt>::submit(Prompt prompt, CallOptions options) const {
  const auto core = state_->blocking_core();
  call::FutureHandler<Response> handler;
  auto future = handler.future();
  start_on(core, *state_, std::move(prompt), std::move(options), call::unchanged<Response>,
           detail::outcome_handler<Response>(std::move(handler)));
  return future;
}

template <class Prompt>
awaitable<std::string> LanguageModel<Prompt>::ainvoke(Prompt prompt, CallOptions options) const {
  return awaited(state_, std::move(prompt), std::move(options), text_only);
}

template <class Prompt>
awaitable<Response> LanguageModel<Prompt>::agenerate(Prompt prompt, CallOptions options) const {
  return awaited(state_, std::move(prompt), std::move(options), call::throwing<Response>);
}

template <class Prompt>
void LanguageModel<Prompt>::start(Prompt prompt, CallOptions options,
                                  detail::throwing_handler<std::string> handler) const {
  start_on(state_->core(), *state_, std::move(prompt), std::move(options), text_only, std::move(handler));
}

template <class Prompt>
void LanguageModel<Prompt>::start(Prompt prompt, CallOptions options,
                                  detail::throwing_handler<Response> handler) const {
  start_on(state_->core(), *state_, std::move(prompt), std::move(options), call::throwing<Response>,
           std::move(handler));
}

template <class Prompt>
void LanguageModel<Prompt>::start(Prompt prompt, CallOptions options, detail::outcome_handler<Response> handler) const {
  start_on(state_->core(), *state_, std::move(prompt), std::move(options), call::unchanged<Response>,
           std::move(handler));
}

template <class Prompt>
Stream LanguageModel<Prompt>::stream(Prompt prompt, CallOptions options) const {
  return Stream(stream_of(state_, std::move(prompt), std::move(options)));
}

template <class Prompt>
AsyncStream LanguageModel<Prompt>::astream(Prompt prompt, CallOptions options) const {
  return AsyncStream(stream_of(state_, std::move(prompt), std::move(options)));
}

template <class Prompt>
void LanguageModel<Prompt>::refuse_on_loop() const {
  state_->blocking_core();
}

template <class Prompt>
std::vector<std::string> LanguageModel<Prompt>::texts(std::vector<Outcome<Response>> outcomes) {
  if (!std::ranges::all_of(outcomes, &Outcome<Response>::has_value)) throw BatchError(std::move(outcomes));
  std::vector<std::string> texts;
  texts.reserve(outcomes.size());
  for (auto& outcome : outcomes) texts.push_back(std::move(outcome->choices.front().text));
  return texts;
}

template <class Prompt>
awaitable<std::vector<std::string>> LanguageModel<Prompt>::awaited_texts(
    awaitable<std::vector<Outcome<Response>>> outcomes) {
  auto all = co_await std::move(outcomes);
  co_return texts(std::move(all));
}

template class LanguageModel<std::string>;
template class LanguageModel<ChatPrompt>;

OpenAI::OpenAI(OpenAIOptions options)
    : LanguageModel(std::make_shared<detail::ModelState>(std::move(options), std::nullopt, openai_model,
                                                         Api<std::string>::path)) {}

OpenAI::OpenAI(OpenAIOptions options, Client client)
    : LanguageModel(std::make_shared<detail::ModelState>(std::move(options), std::move(client), openai_model,
                                                         Api<std::string>::path)) {}

OpenAI::OpenAI(Client client) : OpenAI(OpenAIOptions(), std::move(client)) {}

ChatOpenAI::ChatOpenAI(ChatOpenAIOptions options)
    : LanguageModel(std::make_shared<detail::ModelState>(std::move(options), std::nullopt, "", Api<ChatPrompt>::path)) {
}

ChatOpenAI::ChatOpenAI(ChatOpenAIOptions options, Client client)
    : LanguageModel(
          std::make_shared<detail::ModelState>(std::move(options), std::move(client), "", Api<ChatPrompt>::path)) {}

ChatOpenAI::ChatOpenAI(Client client) : ChatOpenAI(ChatOpenAIOptions(), std::move(client)) {}

ChatAnthropic::ChatAnthropic(ChatAnthropicOptions options)
    : LanguageModel(std::make_shared<detail::ModelState>(std::move(options), std::nullopt, "", Api<ChatPrompt>::path)) {
}

ChatAnthropic::ChatAnthropic(ChatAnthropicOptions options, Client client)
    : LanguageModel(
          std::make_shared<detail::ModelState>(std::move(options), std::move(client), "", Api<ChatPrompt>::path)) {}

ChatGoogleGenerativeAI::ChatGoogleGenerativeAI(ChatGoogleGenerativeAIOptions options)
    : LanguageModel(std::make_shared<detail::ModelState>(std::move(options), std::nullopt, "", Api<ChatPrompt>::path)) {
}

ChatGoogleGenerativeAI::ChatGoogleGenerativeAI(ChatGoogleGenerativeAIOptions options, Client client)
    : LanguageModel(
          std::make_shared<detail::ModelState>(std::move(options), std::move(client), "", Api<ChatPrompt>::path)) {}

}  // namespace headway
