#include "job/report/advice.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace headway::job {
namespace {

using Advice = std::pair<std::string_view, std::string_view>;

constexpr std::array<Advice, 28> advices = {{
    {"configuration", "Mend the settings, then run again."},
    {"authentication", "The key is wrong: set the right one, then run again."},
    {"permission", "The key may not do this: ask for access, or use another model or key."},
    {"not_found", "No such model or path: check --model and --base-url."},
    {"bad_request",
     "The request itself is refused: mend these rows or the settings; sent again as they are they fail again."},
    {"rate_limited", "Too fast for too long: `headway retry` later, or with a lower --rpm or --in-flight."},
    {"quota_exhausted", "The account has no money left: add some, then `headway retry`."},
    {"server", "The server failed: `headway retry` when it is well again."},
    {"connect", "No connection: check the network and --base-url, then `headway retry`."},
    {"dns", "The host's name is not known: check --base-url and the network, then `headway retry`."},
    {"tls", "The certificate was refused: check the base URL and the machine's certificates and clock."},
    {"connect_timeout", "No connection in time: check the network, then `headway retry`."},
    {"first_byte_timeout", "No answer in time: `headway retry` with a longer --timeout or fewer --in-flight."},
    {"idle_timeout", "The answer stood still: `headway retry`."},
    {"timeout", "An attempt took too long: `headway retry` with a longer --timeout or a lower --max-tokens."},
    {"deadline", "The time for the whole call ran out: `headway retry`, with a later deadline if it is too early."},
    {"protocol", "What came back is no answer: check that --base-url is an OpenAI-compatible API."},
    {"incomplete", "The answer broke off: `headway retry`."},
    {"cancelled", "Stopped before its end: run again."},
    {"unusable",
     "An answer came that --expect refuses: it is in the errors file; change the request, then `headway retry`."},
    {"invalid", "These rows were not sent: mend them in the input."},
    {"cut", "Answers were cut: `headway retry` with a higher --max-tokens."},
    {"filtered", "The provider's filter stopped these: change the prompts, or another model."},
    {"refused", "The model refused: change the prompts, or another model."},
    {"empty", "Answers were empty: a higher --max-tokens for a model that reasons, or another prompt."},
    {"unknown_end",
     "Answers ended in a word that headway does not know: look at them before they are taken for whole."},
    {"not_json", "Answers are no JSON: ask for it with --schema @FILE, or --answer-retries."},
    {"not_a_choice",
     "Answers are none of --choices: name the labels in the prompt, letter for letter, then `headway retry`."},
}};

}  // namespace

std::string_view advice_for(std::string_view kind) noexcept {
  if (kind == "not_valid")
    return "Answers do not fit the schema: ask the model for it with --schema in place of --expect";
  const auto known = std::ranges::find(advices, kind, &Advice::first);
  return known != advices.end() ? known->second : "Look at the messages, then `headway retry`.";
}

}  // namespace headway::job
