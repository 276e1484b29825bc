#include "wire/gemini/candidate.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

void add_token(JsonBuilder& out, dom::object token) {
  dom::element logprob;
  out.key("token").text(text_at(token, "token")).key("logprob");
  out.raw(token["logProbability"].get(logprob) ? "null" : json_of(logprob)).key("bytes").raw("null");
}

// Those that might have stood there.
void add_others(JsonBuilder& out, dom::object result, std::size_t place) {
  dom::array others;
  out.key("top_logprobs").open('[');
  if (!result["topCandidates"].at(place)["candidates"].get(others)) {
    for (const dom::element other : others) {
      dom::object token;
      if (other.get(token)) continue;
      out.open('{');
      add_token(out, token);
      out.close('}');
    }
  }
  out.close(']');
}

}  // namespace

std::string logprobs_of(dom::object candidate) {
  const auto result = object_at(candidate, "logprobsResult");
  dom::array chosen;
  if (!result || (*result)["chosenCandidates"].get(chosen)) return "null";
  JsonBuilder out;
  out.open('{').key("content").open('[');
  std::size_t place = 0;
  for (const dom::element each : chosen) {
    dom::object token;
    if (!each.get(token)) {
      out.open('{');
      add_token(out, token);
      add_others(out, *result, place);
      out.close('}');
    }
    ++place;
  }
  return out.close(']').close('}').take();
}

}  // namespace headway::wire::gemini
