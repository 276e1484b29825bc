#include "wire/extra_body.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>
#include <boost/json/parser.hpp>

#include <headway/error.hpp>

namespace headway::wire {
namespace {

// Schemas of tools nest deeper than Boost.JSON's default of 32.
constexpr std::size_t max_depth = 256;

[[noreturn]] void refuse(std::string_view why) {
  throw Error(ErrorKind::configuration, fmt::format("extra_body is not a JSON object: {}", why));
}

// simdjson would not say where the fault is.
void check_is_object(const std::string& json) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::parser parser({}, options);
  boost::json::error_code error;
  const auto read = parser.write(json, error);
  if (error) refuse(fmt::format("{} at byte {}", error.message(), read));
  if (!parser.release().is_object()) refuse("it is JSON of another kind");
}

std::string minified(const std::string& json) {
  std::string compact(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  const auto error = simdjson::minify(json.data(), json.size(), compact.data(), size);
  if (error) refuse(simdjson::error_message(error));
  compact.resize(size);
  return compact;
}

}  // namespace

ExtraBody::ExtraBody(const std::string& json) {
  if (json.empty()) return;
  check_is_object(json);
  json_ = minified(json);
  try {
    read_fields();
  } catch (const simdjson::simdjson_error& error) {
    refuse(error.what());
  }
}

void ExtraBody::read_fields() {
  const auto size = json_.size();
  json_.append(simdjson::SIMDJSON_PADDING, '\0');
  simdjson::ondemand::parser parser;
  auto document = parser.iterate(json_.data(), size, json_.size());
  for (auto field : document.get_object()) {
    const char* begin = field.key().value().raw() - 1;  // before unescaped_key(), which consumes it
    std::string name(std::string_view(field.unescaped_key()));
    const std::string_view value = simdjson::to_json_string(field.value());
    std::erase_if(fields_, [&](const Field& other) { return other.name == name; });
    fields_.emplace_back(std::move(name), std::string_view(begin, value.data() + value.size()));
  }
}

bool ExtraBody::has(std::string_view name) const noexcept {
  return std::ranges::find(fields_, name, &Field::name) != fields_.end();
}

std::string merged_extra_body(const std::string& under, const std::string& over) {
  if (under.empty() || over.empty()) return under.empty() ? over : under;
  const ExtraBody low(under), high(over);
  std::string all = "{";
  const auto add = [&](const ExtraBody::Field& field) {
    if (all.size() > 1) all += ',';
    all += field.json;
  };
  for (const auto& field : low) {
    if (!high.has(field.name)) add(field);
  }
  std::ranges::for_each(high, add);
  return all + '}';
}

}  // namespace headway::wire
