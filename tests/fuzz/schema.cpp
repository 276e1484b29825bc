// Schemas, and answers held against them: up to the first zero byte a schema, behind it an answer, whose items or text are
// repeated as often as the first byte says. A schema is refused with words or judges every answer, the same each time; and
// neither may take long: what bounds it are the steps of src/job/schema/steps.hpp, about a second under the sanitizers.

#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <headway/error.hpp>

#include "effort.hpp"
#include "job/answer/answer_json.hpp"
#include "job/answer/answer_schema.hpp"

namespace headway::fuzz {
namespace {

namespace json = boost::json;

std::optional<job::AnswerSchema> compiled(std::string_view text) try {
  const Effort effort(5);
  return job::AnswerSchema(text, "schema");
} catch (const Error& error) {
  require(error.kind() == ErrorKind::configuration && std::string_view(error.what()).size() > 10);
  return std::nullopt;
}

void repeat(json::value& value, std::size_t times) {
  if (auto* text = value.if_string()) {
    const std::string once(*text);
    for (std::size_t i = 0; i < times; ++i) *text += once;
  } else if (auto* items = value.if_array()) {
    const json::array once = *items;
    for (std::size_t i = 0; i < times; ++i) items->insert(items->end(), once.begin(), once.end());
  }
}

constexpr std::string_view too_long = "too many steps";

std::optional<std::string> judged(const job::AnswerSchema& schema, const json::value& answer) try {
  const Effort effort(10);
  job::Steps steps;
  return schema.fault_of(answer, steps);
} catch (const job::TooManySteps&) {
  return std::string(too_long);
}

void fuzz(std::size_t times, std::string_view schema_text, std::string_view answer_text) {
  const auto schema = compiled(schema_text);
  auto answer = job::read_json(answer_text, true);
  require(answer.value.has_value() == answer.fault.empty());
  if (!schema || !answer.value) return;
  repeat(*answer.value, times);
  const auto fault = judged(*schema, *answer.value);
  require(!fault || !fault->empty());
  if (fault == too_long) return;
  require(judged(*schema, *answer.value) == fault);
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto end = bytes.find('\0');
  if (end != bytes.npos) headway::fuzz::fuzz(data[0], bytes.substr(0, end), bytes.substr(end + 1));
  return 0;
}
