#include "wire/gemini/tools.hpp"

#include <string_view>

#include "wire/gemini/parts.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

std::string declaration_of(dom::object function) {
  dom::element value;
  JsonBuilder out;
  out.open('{').key("name").text(text_at(function, "name"));
  if (!function["description"].get(value) && !value.is_null()) out.key("description").raw(json_of(value));
  if (!function["parameters"].get(value) && !value.is_null()) out.key("parametersJsonSchema").raw(json_of(value));
  return out.close('}').take();
}

void append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace

void Tools::read(dom::element tools) {
  dom::array list;
  if (tools.get(list)) cannot_say("'tools' that are no list");
  for (const dom::element tool : list) {
    dom::object fields;
    dom::element type;
    if (tool.get(fields)) cannot_say("a tool that is no object");
    if (const auto function = object_at(fields, "function")) {
      append(functions_, declaration_of(*function));
      ++functions_count_;
    } else if (fields["type"].get(type)) {
      append(others_, json_of(tool));  // Gemini's own, as {"googleSearch": {}}
    } else {
      cannot_say("a tool of the type '" + std::string(text_at(fields, "type")) + "'");
    }
  }
}

void Tools::read_choice(dom::element choice) {
  std::string_view word;
  dom::object fields;
  if (!choice.get(word)) {
    mode_ = word == "auto" ? "AUTO" : word == "none" ? "NONE" : word == "required" ? "ANY" : "";
  } else if (!choice.get(fields)) {
    const auto function = object_at(fields, "function");
    if (function) mode_ = "ANY", names_ = JsonBuilder().text(text_at(*function, "name")).take();
  }
  if (mode_.empty()) cannot_say("this 'tool_choice'");
}

std::optional<std::string> Tools::tools() const {
  if (functions_count_ > 1 && one_at_a_time_ && mode_ != "NONE") {
    cannot_say("'parallel_tool_calls': false, where there are several tools");
  }
  auto all = functions_.empty() ? std::string() : R"({"functionDeclarations":[)" + functions_ + "]}";
  if (!others_.empty()) append(all, others_);
  return all.empty() ? std::nullopt : std::optional('[' + all + ']');
}

// Without functions there is nothing to choose from, and Gemini refuses that.
std::optional<std::string> Tools::config() const {
  if (mode_.empty() || (functions_.empty() && mode_ != "ANY")) return std::nullopt;
  JsonBuilder out;
  out.open('{').key("functionCallingConfig").open('{').key("mode").text(mode_);
  if (!names_.empty()) out.key("allowedFunctionNames").open('[').raw(names_).close(']');
  return out.close('}').close('}').take();
}

}  // namespace headway::wire::gemini
