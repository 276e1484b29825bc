// Bodies of answers and refusals: nothing that a server may send throws.

#include <string>

#include "input.hpp"
#include "wire/decode.hpp"
#include "wire/provider_error.hpp"
#include "wire/stream_decoder.hpp"
#include "wire/utf8.hpp"

namespace headway::fuzz {
namespace {

void fuzz_answers(const std::string& body) {
  std::string roomy = body;
  roomy.reserve(body.size() + 64);  // this one is not copied
  for (const auto decode : {wire::decode_completion, wire::decode_chat}) {
    const auto outcome = decode(body);
    const auto in_place = decode(roomy);
    require(outcome.has_value() == in_place.has_value());
    if (!outcome) continue;
    require(!outcome->choices.empty() && outcome->raw == body);
    require(outcome->text() == in_place->text());
  }
  for (const auto api : {wire::Api::completion, wire::Api::chat}) {
    const auto chunks = wire::chunks_of_whole(api, body);
    require(!chunks || !chunks->empty());
  }
  static_cast<void>(wire::decode_models(body));
}

void fuzz_refusals(const std::string& body) {
  for (const int status : {200, 400, 401, 404, 429, 500, 529}) {
    const auto refusal = wire::decode_error(status, body);
    require(refusal.message.size() <= 500);
    for (const auto* text : {&refusal.message, &refusal.type, &refusal.code}) {
      require(text->find('\n') == std::string::npos && !wire::invalid_utf8_at(*text));
    }
  }
  static_cast<void>(wire::texts_of(body));
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  headway::fuzz::fuzz_answers(body);
  headway::fuzz::fuzz_refusals(body);
  return 0;
}
