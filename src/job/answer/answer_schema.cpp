#include "job/answer/answer_schema.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <headway/error.hpp>

#include "job/answer/answer_json.hpp"
#include "job/answer/schema_check.hpp"
#include "job/answer/valijson.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;
using valijson::adapters::BoostJsonAdapter;

std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream || std::filesystem::is_directory(file)) {
    throw Error(ErrorKind::configuration, fmt::format("the schema {} cannot be read", file.string()));
  }
  return std::move(text).str();
}

json::value parse(std::string_view text, std::string_view source) {
  auto read = read_json(text, false);
  if (read.value) return std::move(*read.value);
  throw Error(ErrorKind::configuration, fmt::format("the schema {} is not JSON: {}", source, read.fault));
}

enum class Long { nothing, string, name };

Long longest_in(const json::value& value) {
  constexpr std::size_t most = longest_for_patterns;
  auto found = Long::nothing;
  if (value.is_string() && value.get_string().size() > most) return Long::string;
  if (value.is_array()) {
    for (const auto& item : value.get_array()) found = std::max(found, longest_in(item));
  }
  if (value.is_object()) {
    for (const auto& [name, field] : value.get_object()) {
      found = std::max(found, name.size() > most ? Long::name : longest_in(field));
    }
  }
  return found;
}

// Some descriptions end in a name taken from the answer: ": 'name'.".
std::string rule_of(std::string_view description) {
  description = description.substr(0, description.find(": '"));
  while (description.ends_with('.')) description.remove_suffix(1);
  std::string rule(description);
  if (rule.size() > 1 && std::islower(static_cast<unsigned char>(rule[1])) != 0) {
    rule[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(rule[0])));
  }
  return rule;
}

}  // namespace

struct AnswerSchema::Compiled {
  valijson::Schema schema;
  valijson::Validator validator;  // keeps the patterns it has compiled
  SchemaNames names;

  std::string path_of(const std::vector<std::string>& context) const {
    std::string path;
    for (std::size_t i = 1; i < context.size(); ++i) {
      const auto step = std::string_view(context[i]).substr(1, context[i].size() - 2);
      const bool index = step.find_first_not_of("0123456789") == std::string_view::npos;
      path += '/';
      path += index || names.properties.contains(step) ? step : "*";
    }
    return path.empty() ? "the top" : path;
  }
};

AnswerSchema::AnswerSchema(std::string_view text, std::string_view source) : compiled_(std::make_shared<Compiled>()) {
  auto document = parse(text, source);
  compiled_->names = check_schema(document, source);
  bound_patterns(document);
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(BoostJsonAdapter(document), compiled_->schema);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::configuration, fmt::format("the schema {} cannot be used: {}", source, error.what()));
  }
}

AnswerSchema::AnswerSchema(const std::filesystem::path& file) : AnswerSchema(text_of_file(file), file.string()) {}

std::optional<std::string> AnswerSchema::fault_of(const json::value& answer) const {
  const auto longest = compiled_->names.has_patterns ? longest_in(answer) : Long::nothing;
  if (longest == Long::name) {
    return fmt::format("a name of more than {} bytes is not held against patterns", longest_for_patterns);
  }
  const BoostJsonAdapter target(answer);
  try {
    if (compiled_->validator.validate(compiled_->schema, target, nullptr)) return std::nullopt;
    if (longest != Long::nothing) {
      return fmt::format("it is not valid, or a string with a pattern is longer than {} characters",
                         longest_for_patterns);
    }
    valijson::ValidationResults results;
    compiled_->validator.validate(compiled_->schema, target, &results);
    if (results.numErrors() == 0) return "the schema allows nothing here";
    const auto& first = *results.begin();
    return fmt::format("at {}: {}", compiled_->path_of(first.context), rule_of(first.description));
  } catch (const std::exception&) {  // valijson throws where a value's type does not go with a rule, e.g. "format"
    return "a value is of a type that a rule for it cannot be held against";
  }
}

}  // namespace headway::job
