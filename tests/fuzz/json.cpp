// Bodies of answers and refusals: nothing that a server may send throws. And of chats that are put into other words.

#include <string>
#include <string_view>

#include "input.hpp"
#include "wire/answer.hpp"
#include "wire/dialect.hpp"
#include "wire/lenient_json.hpp"
#include "wire/models.hpp"
#include "wire/provider_error.hpp"
#include "wire/stream_decoder.hpp"
#include "wire/utf8.hpp"

namespace headway::fuzz {
namespace {

void fuzz_answers(const std::string& body) {
  std::string roomy = body;
  roomy.reserve(body.size() + 64);  // this one is not copied
  for (const auto form :
       {wire::Form::completion, wire::Form::chat, wire::Form::responses, wire::Form::embeddings, wire::Form::other}) {
    auto tight = body;
    wire::Answer answer, in_place;
    const auto fault = wire::read_answer(tight, form, answer);
    const auto fault_in_place = wire::read_answer(roomy, form, in_place);
    require(fault.has_value() == fault_in_place.has_value() && tight == body && roomy == body);
    require(answer.choices.size() == in_place.choices.size());
    if (fault || form == wire::Form::other) continue;
    require(!answer.choices.empty());
    require(!wire::invalid_utf8_at(answer.choices.front().text));
    require(wire::chunks_of_whole(answer, body).size() == answer.choices.size());
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

// What was put into other words can be read there, and what cannot be said names itself.
void fuzz_dialect(const std::string& body, std::string_view provider) {
  const auto& dialect = *wire::dialect_of(provider);
  if (auto chat = dialect.chat_of(body)) {
    wire::Answer answer;
    const auto fault = wire::read_answer(*chat, wire::Form::chat, answer);
    require(fault.has_value() == answer.choices.empty());
  }
  try {
    wire::LenientJson json;
    const auto question = dialect.question_of(body);
    require(json.read(question.body).has_value());
    require(question.path.find_first_of(" \r\n#") == std::string::npos);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::configuration);
  }
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  headway::fuzz::fuzz_answers(body);
  headway::fuzz::fuzz_refusals(body);
  headway::fuzz::fuzz_dialect(body, "anthropic");
  headway::fuzz::fuzz_dialect(body, "gemini");
  return 0;
}
