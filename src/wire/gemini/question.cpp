#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/chat_question.hpp"
#include "wire/gemini/dialect.hpp"
#include "wire/gemini/parts.hpp"
#include "wire/gemini/thinking.hpp"
#include "wire/gemini/tools.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::gemini {
namespace {

namespace dom = simdjson::dom;

// Of a chat, what Gemini has nothing like.
constexpr std::string_view only_openais[] = {"audio",      "function_call", "functions",
                                             "logit_bias", "metadata",      "prediction",
                                             "user",       "verbosity",     "web_search_options"};

// What "generationConfig" has by another name.
constexpr std::pair<std::string_view, std::string_view> config_names[] = {
    {"max_tokens", "maxOutputTokens"},
    {"max_completion_tokens", "maxOutputTokens"},
    {"temperature", "temperature"},
    {"top_p", "topP"},
    {"top_k", "topK"},
    {"seed", "seed"},
    {"n", "candidateCount"},
    {"presence_penalty", "presencePenalty"},
    {"frequency_penalty", "frequencyPenalty"},
    {"logprobs", "responseLogprobs"},
    {"top_logprobs", "logprobs"},
};

std::string_view config_name(std::string_view name) {
  const auto found = std::ranges::find(config_names, name, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(config_names) ? std::string_view() : found->second;
}

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string text_in(dom::element value, std::string_view name) {
  std::string_view text;
  if (value.get(text)) cannot_say(fmt::format("a '{}' that is no text", name));
  return std::string(text);
}

/// Reads a chat's fields, and writes Gemini's. Those that it does not know are Gemini's own, or nobody's: the provider says so.
class GeminiQuestion {
 public:
  explicit GeminiQuestion(std::string_view model) : model_(model), contents_(is_of_three_or_newer(model)) {}

  void read(std::string_view name, dom::element value) {
    if (name == "messages") return read_messages(value);
    if (name == "model" || name == "stream" || name == "stream_options" || value.is_null()) return;
    if (const auto own = config_name(name); !own.empty()) return set(own, value);
    if (name == "stop") return read_stop(value);
    if (name == "tools") return tools_.read(value);
    if (name == "tool_choice") return tools_.read_choice(value);
    if (name == "parallel_tool_calls") return read_parallel(value);
    if (name == "response_format") return read_format(value);
    if (name == "reasoning_effort") return set("thinkingConfig", thinking_of(text_in(value, name), model_));
    if (name == "modalities") return read_modalities(value);
    if (name == "service_tier") return read_tier(value);
    if (name == "generationConfig" || name == "generation_config") return read_config(value);
    if (std::ranges::find(only_openais, name) == std::end(only_openais)) {
      out_.insert_or_assign(std::string(name), json_of(value));
    } else if (!asks_for_nothing(name, value)) {
      cannot_say(fmt::format("'{}'", name));
    }
  }

  std::string finish() {
    auto contents = contents_.contents();
    if (!contents.empty()) add("contents", '[' + contents + ']');
    if (!contents_.system().empty()) add("systemInstruction", R"({"parts":[)" + contents_.system() + "]}");
    if (auto tools = tools_.tools()) add("tools", *std::move(tools));
    if (auto config = tools_.config()) add("toolConfig", *std::move(config));
    for (const auto& [name, json] : own_config_) config_.insert_or_assign(name, json);
    if (!config_.empty()) add("generationConfig", object_of(config_));
    return object_of(out_);
  }

 private:
  using Fields = std::map<std::string, std::string, std::less<>>;  // JSON by name

  static std::string object_of(const Fields& fields) {
    JsonBuilder out;
    out.open('{');
    for (const auto& [name, json] : fields) out.key(name).raw(json);
    return out.close('}').take();
  }

  void set(std::string_view name, std::string json) { config_.insert_or_assign(std::string(name), std::move(json)); }
  void set(std::string_view name, dom::element value) { set(name, json_of(value)); }
  /// What stands there in Gemini's own words already stays.
  void add(std::string_view name, std::string json) { out_.try_emplace(std::string(name), std::move(json)); }

  void read_messages(dom::element value) {
    dom::array all;
    if (value.get(all)) cannot_say("'messages' that are no list");
    for (const dom::element message : all) contents_.add(message);
  }

  void read_stop(dom::element value) {
    const auto json = json_of(value);
    set("stopSequences", value.is_string() ? '[' + json + ']' : json);
  }

  void read_parallel(dom::element value) {
    bool parallel = true;
    if (!value.get(parallel) && !parallel) tools_.one_at_a_time();
  }

  void read_format(dom::element value) {
    dom::object format;
    const auto type = value.get(format) ? std::string_view() : text_at(format, "type");
    if (type == "text") return;
    if (type != "json_object" && type != "json_schema") cannot_say("this 'response_format'");
    set("responseMimeType", R"("application/json")");
    if (type == "json_object") return;
    const auto wanted = object_at(format, "json_schema");
    dom::element schema;
    if (!wanted || (*wanted)["schema"].get(schema)) cannot_say("a 'response_format' of a schema that it does not have");
    set("responseJsonSchema", schema);
  }

  void read_modalities(dom::element value) {
    dom::array all;
    if (value.get(all)) cannot_say("'modalities' that are no list");
    JsonBuilder out;
    out.open('[');
    for (const dom::element each : all) {
      auto word = text_in(each, "modalities");
      std::ranges::transform(word, word.begin(), upper);
      out.text(word);
    }
    set("responseModalities", out.close(']').take());
  }

  void read_tier(dom::element value) {
    const auto tier = text_in(value, "service_tier");
    if (tier == "auto") return;
    if (tier != "default" && tier != "standard" && tier != "flex" && tier != "priority") {
      cannot_say(fmt::format("the service tier '{}'", tier));
    }
    out_.insert_or_assign("serviceTier", tier == "default" ? R"("standard")" : '"' + tier + '"');
  }

  void read_config(dom::element value) {
    dom::object fields;
    if (value.get(fields)) cannot_say("a 'generationConfig' that is no object");
    for (const auto field : fields) own_config_.insert_or_assign(std::string(field.key), json_of(field.value));
  }

  std::string_view model_;
  Contents contents_;
  Tools tools_;
  Fields out_, config_, own_config_;
};

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// RFC 3986. What has its kind before it ("models/", "tunedModels/") keeps it.
std::string path_of_model(std::string_view model) {
  std::string path = "/v1beta/";
  if (model.find('/') == std::string_view::npos) path += "models/";
  std::string_view rest = model;
  while (!rest.empty()) {
    const auto segment = rest.substr(0, rest.find('/'));
    if (segment.empty() || segment == "." || segment == "..") break;
    for (const char c : segment) {
      if (is_unreserved(c)) {
        path += c;
      } else {
        path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      }
    }
    rest.remove_prefix(segment.size());
    if (rest.size() > 1) path += '/', rest.remove_prefix(1);
  }
  if (model.empty() || !rest.empty()) cannot_say(fmt::format("a model whose name is '{}'", model));
  return path;
}

}  // namespace

Question question_of(std::string_view chat) {
  LenientJson json;
  const auto fields = json.read(chat);
  if (!fields) throw Error(ErrorKind::configuration, "a chat's body must be a JSON object, with numbers of 64 bits");
  const auto model = text_at(*fields, "model");
  bool streamed = false;
  const bool is_streamed = !(*fields)["stream"].get(streamed) && streamed;
  auto path = path_of_model(model) + (is_streamed ? ":streamGenerateContent?alt=sse" : ":generateContent");
  GeminiQuestion question(model);
  for (const auto field : *fields) question.read(field.key, field.value);
  return {question.finish(), std::move(path)};
}

}  // namespace headway::wire::gemini
