#include <headway/openai_embeddings.hpp>

#include <memory>
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <headway/detail/block_on.hpp>
#include <headway/gather.hpp>

#include "call/convert.hpp"
#include "call/embedding_packs.hpp"
#include "call/model_state.hpp"
#include "call/request.hpp"
#include "call/typed_call.hpp"
#include "wire/embeddings.hpp"
#include "wire/utf8.hpp"

namespace headway {

struct OpenAIEmbeddings::State {
  State(const OpenAIEmbeddingsOptions& given, std::optional<Client> client);

  detail::ModelState model;
  wire::EmbeddingsFields fields;
  std::size_t max_inputs, max_tokens, max_concurrency;
};

namespace {

namespace asio = boost::asio;
using Pack = call::EmbeddingPacks::Pack;
using Outcomes = std::vector<Outcome<Embedding>>;

constexpr auto embeddings_path = "/v1/embeddings";
constexpr auto embeddings_model = "text-embedding-ada-002";

LanguageModelOptions model_options_of(const OpenAIEmbeddingsOptions& given) {
  LanguageModelOptions options;
  static_cast<EndpointOptions&>(options) = static_cast<const EndpointOptions&>(given);
  options.model = given.model.empty() ? embeddings_model : given.model;
  options.endpoints = given.endpoints;
  options.timeout = given.timeout;
  options.max_retries = given.max_retries;
  return options;
}

/// An answer to one request, with its bytes for who cannot use it.
RawResponse embeddings_answer(net::Reply reply, wire::Answer answer) {
  RawResponse response;
  response.body = std::move(reply.body);
  response.usage = answer.usage;
  return response;
}

/// What all requests for one list of texts share.
template <class State>
struct Run {
  Run(std::shared_ptr<const State> its_state, std::vector<std::string> its_texts, RequestOptions its_options)
      : state(std::move(its_state)),
        texts(std::move(its_texts)),
        options(std::move(its_options)),
        outcomes(texts.size()),
        packs(texts, sendable(), state->max_inputs, state->max_tokens) {
    if (!options.timeout) options.timeout = state->model.options.timeout;
    if (!options.max_retries) options.max_retries = state->model.options.max_retries;
    routes = options.headers.empty()
                 ? state->model.routes
                 : call::with_heads(*state->model.routes, "POST", embeddings_path, options.headers, true);
  }

  /// No other text fails for one that cannot be sent at all.
  std::vector<std::size_t> sendable() {
    std::vector<std::size_t> places;
    places.reserve(texts.size());
    for (std::size_t place = 0; place < texts.size(); ++place) {
      if (const auto bad = wire::invalid_utf8_at(texts[place])) {
        outcomes[place] =
            Error(ErrorKind::configuration, fmt::format("text {} is not valid UTF-8 at byte {}", place, *bad));
      } else {
        places.push_back(place);
      }
    }
    return places;
  }

  call::CallRequest request(const ClientOptions& client, Pack pack) const {
    std::vector<std::string_view> inputs;
    inputs.reserve(pack.size());
    std::size_t bytes = 0;
    for (const auto place : pack) {
      inputs.emplace_back(texts[place]);
      bytes += texts[place].size();
    }
    auto made = call::make_request(client, routes, wire::embeddings_body(inputs, state->fields), options);
    made.form = wire::Form::embeddings;
    made.model = state->fields.model;
    made.demand.prompt_bytes = bytes;
    made.demand.max_tokens = 0;  // it writes nothing
    return made;
  }

  /// Gives each text what came of its request; or why that is of no use, which was paid for all the same.
  void settle(Pack pack, Outcome<RawResponse> outcome) {
    if (!outcome) return fail(pack, outcome.error());
    std::vector<Embedding> all;
    const auto fault = wire::read_embeddings(outcome->body, pack.size(), all);
    if (fault) {
      auto info = fault->info();
      info.body = std::move(outcome->body);
      info.usage = outcome->usage;
      info.cost = outcome->cost;
      info.attempts = outcome->attempts;
      info.request_id = outcome->request_id;
      info.times = outcome->times;
      return fail(pack, Error(std::move(info)));
    }
    for (std::size_t i = 0; i < pack.size(); ++i) outcomes[pack[i]] = std::move(all[i]);
  }

  void fail(Pack pack, const Error& error) {
    for (const auto place : pack) outcomes[place] = error;
  }

  std::shared_ptr<const State> state;
  std::vector<std::string> texts;
  RequestOptions options;
  std::shared_ptr<const call::Routes> routes;
  std::shared_ptr<call::Core> core;
  Outcomes outcomes;
  call::EmbeddingPacks packs;
};

template <class State>
awaitable<Outcome<RawResponse>> answered(Run<State>& run, Pack pack) {
  auto begin = [&run, pack](auto handler) {
    auto make = [&run, pack] { return run.request(run.core->options(), pack); };
    call::start_call(run.core, make, embeddings_answer, call::unchanged<RawResponse>,
                     detail::outcome_handler<RawResponse>(std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome<RawResponse>)>(std::move(begin),
                                                                                          asio::use_awaitable);
}

/// Gives whether the request was taken as it was.
template <class State>
awaitable<bool> embed(Run<State>& run, Pack pack) {
  auto outcome = co_await answered(run, pack);
  const bool splits = !outcome && pack.size() > 1 && wire::is_too_large(outcome.error().info());
  if (!splits) {
    const bool good = outcome.has_value();
    run.settle(pack, std::move(outcome));
    co_return good;
  }
  const auto first = pack.first((pack.size() + 1) / 2);
  auto halves = gather(embed(run, first), embed(run, pack.subspan(first.size())));
  const auto [one, other] = co_await std::move(halves);
  // Where a half failed, it was perhaps one text of it that is too long, and not the request.
  if (one && other) run.packs.taken(first);
  co_return false;
}

template <class State>
awaitable<Outcomes> embed_all(std::shared_ptr<const State> state, std::vector<std::string> texts,
                              RequestOptions options) {
  const auto here = co_await asio::this_coro::executor;
  auto run = std::make_unique<Run<State>>(std::move(state), std::move(texts), std::move(options));
  run->core = run->state->model.core_for(here);
  const auto more = [&run](std::size_t) { return run->packs.more(); };
  const auto begin = [&run](std::size_t) { return embed(*run, run->packs.next()); };
  auto requests = std::views::iota(std::size_t{0}) | std::views::take_while(more) | std::views::transform(begin);
  GatherOptions limit;
  limit.limit = run->state->max_concurrency;
  auto all = gather_outcomes(std::move(requests), limit);
  co_await std::move(all);
  co_return std::move(run->outcomes);
}

std::vector<Embedding> values_of(Outcomes outcomes) {
  std::vector<Embedding> all;
  all.reserve(outcomes.size());
  for (auto& outcome : outcomes) all.push_back(std::move(outcome).value());
  return all;
}

std::vector<std::string> only(std::string text) {
  std::vector<std::string> texts;
  texts.push_back(std::move(text));
  return texts;
}

}  // namespace

OpenAIEmbeddings::State::State(const OpenAIEmbeddingsOptions& given, std::optional<Client> client)
    : model(model_options_of(given), std::move(client), "", embeddings_path),
      max_inputs(given.max_inputs),
      max_tokens(given.max_tokens),
      max_concurrency(given.max_concurrency) {
  fields.model = model.options.model;
  fields.dimensions = given.dimensions;
  fields.encoding_format = given.encoding_format;
  fields.extra_body = given.extra_body;
  if (max_inputs == 0 || max_tokens == 0) {
    throw Error(ErrorKind::configuration, "max_inputs and max_tokens of a request for embeddings are at least 1");
  }
}

OpenAIEmbeddings::OpenAIEmbeddings(OpenAIEmbeddingsOptions options)
    : state_(std::make_shared<State>(options, std::nullopt)) {}

OpenAIEmbeddings::OpenAIEmbeddings(OpenAIEmbeddingsOptions options, Client client)
    : state_(std::make_shared<State>(options, std::move(client))) {}

Outcomes OpenAIEmbeddings::embed_outcomes(std::vector<std::string> texts, RequestOptions options) const {
  state_->model.blocking_core();
  return detail::block_on(aembed_outcomes(std::move(texts), std::move(options)));
}

std::vector<Embedding> OpenAIEmbeddings::embed_documents(std::vector<std::string> texts, RequestOptions options) const {
  return values_of(embed_outcomes(std::move(texts), std::move(options)));
}

Embedding OpenAIEmbeddings::embed_query(std::string text, RequestOptions options) const {
  return std::move(embed_documents(only(std::move(text)), std::move(options)).front());
}

awaitable<Outcomes> OpenAIEmbeddings::aembed_outcomes(std::vector<std::string> texts, RequestOptions options) const {
  return embed_all(state_, std::move(texts), std::move(options));
}

awaitable<std::vector<Embedding>> OpenAIEmbeddings::aembed_documents(std::vector<std::string> texts,
                                                                     RequestOptions options) const {
  auto outcomes = embed_all(state_, std::move(texts), std::move(options));
  co_return values_of(co_await std::move(outcomes));
}

awaitable<Embedding> OpenAIEmbeddings::aembed_query(std::string text, RequestOptions options) const {
  auto outcomes = embed_all(state_, only(std::move(text)), std::move(options));
  co_return std::move(values_of(co_await std::move(outcomes)).front());
}

void OpenAIEmbeddings::start(std::vector<std::string> texts, RequestOptions options,
                             detail::throwing_handler<Outcomes> handler) const {
  const auto core = state_->model.core();
  asio::co_spawn(core->executor(), embed_all(state_, std::move(texts), std::move(options)), std::move(handler));
}

}  // namespace headway
