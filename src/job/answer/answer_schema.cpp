#include "job/answer/answer_schema.hpp"

#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "base/text_file.hpp"
#include "job/answer/answer_json.hpp"
#include "job/schema/schema_judge.hpp"

namespace headway::job {
namespace {

boost::json::value parsed_schema(std::string_view text, std::string_view source) {
  auto read = read_json(text, false);
  if (read.value) return std::move(*read.value);
  throw Error(ErrorKind::configuration, fmt::format("the schema {} is not JSON: {}", source, read.fault));
}

}  // namespace

AnswerSchema::AnswerSchema(std::string_view text, std::string_view source)
    : compiled_(std::make_shared<CompiledSchema>(parsed_schema(text, source), source)) {}

AnswerSchema::AnswerSchema(const std::filesystem::path& file)
    : AnswerSchema(read_text_file(file, "the schema"), file.string()) {}

std::optional<std::string> AnswerSchema::fault_of(const boost::json::value& answer, Steps& steps) const {
  return fault_by(*compiled_, answer, steps);
}

}  // namespace headway::job
