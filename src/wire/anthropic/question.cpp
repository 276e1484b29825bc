#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "wire/anthropic/dialect.hpp"
#include "wire/chat_question.hpp"
#include "wire/json_builder.hpp"
#include "wire/lenient_json.hpp"

namespace headway::wire::anthropic {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t default_max_tokens = 4096;

[[noreturn]] void cannot_say(std::string_view what) {
  throw Error(ErrorKind::configuration, fmt::format("Anthropic cannot be asked for {}", what));
}

// Of a chat, what Anthropic has nothing like.
constexpr std::array only_openais = {
    std::string_view("audio"),
    std::string_view("frequency_penalty"),
    std::string_view("function_call"),
    std::string_view("functions"),
    std::string_view("logit_bias"),
    std::string_view("logprobs"),
    std::string_view("modalities"),
    std::string_view("n"),
    std::string_view("prediction"),
    std::string_view("presence_penalty"),
    std::string_view("seed"),
    std::string_view("store"),
    std::string_view("top_logprobs"),
    std::string_view("verbosity"),
    std::string_view("web_search_options"),
};

bool is_only_openais(std::string_view name) {
  for (const auto one : only_openais) {
    if (one == name) return true;
  }
  return false;
}

void refuse_if_asked(std::string_view name, dom::element value) {
  if (!asks_for_nothing(name, value)) cannot_say(fmt::format("'{}'", name));
}

void add_source(JsonBuilder& out, std::string_view url) {
  out.key("source").open('{');
  if (const auto inlined = data_url(url)) {
    out.key("type").text("base64").key("media_type").text(inlined->type).key("data").text(inlined->data);
  } else {
    out.key("type").text("url").key("url").text(url);
  }
  out.close('}');
}

void add_image(JsonBuilder& out, dom::object part) {
  out.key("type").text("image");
  add_source(out, url_at(part, "image_url"));
}

void add_file(JsonBuilder& out, dom::object part) {
  const auto file = object_at(part, "file").value_or(part);
  out.key("type").text("document");
  if (const auto id = text_at(file, "file_id"); !id.empty()) {
    out.key("source").open('{').key("type").text("file").key("file_id").text(id).close('}');
  } else {
    add_source(out, text_at(file, "file_data"));
  }
  if (const auto name = text_at(file, "filename"); !name.empty()) out.key("title").text(name);
}

/// A part of a message's content. What is Anthropic's own already ("image", "document", "tool_result") stays as it is.
void add_part(JsonBuilder& out, dom::element part) {
  dom::object fields;
  std::string_view text;
  if (!part.get(text)) {
    out.open('{').key("type").text("text").key("text").text(text).close('}');
    return;
  }
  if (part.get(fields)) cannot_say("a part of a message that is no object");
  const auto type = text_at(fields, "type");
  if (type == "input_audio") cannot_say("audio ('input_audio')");
  const bool known = type == "image_url" || type == "file" || type == "refusal";
  if (!known) {
    out.raw(json_of(part));
    return;
  }
  out.open('{');
  if (type == "image_url") add_image(out, fields);
  if (type == "file") add_file(out, fields);
  if (type == "refusal") out.key("type").text("text").key("text").text(text_at(fields, "refusal"));
  dom::element cached;
  if (!fields["cache_control"].get(cached)) out.key("cache_control").raw(json_of(cached));
  out.close('}');
}

void add_parts(JsonBuilder& out, dom::object message) {
  if (!each_part(message, [&out](dom::element part) { add_part(out, part); })) {
    cannot_say("a message whose content is neither a text nor parts");
  }
}

// Of an answer that was Anthropic's: it wants them back before what followed from them.
void add_thoughts(JsonBuilder& out, dom::object message) {
  dom::array blocks;
  if (message["thinking_blocks"].get(blocks)) return;
  for (const dom::element block : blocks) out.raw(json_of(block));
}

void add_tool_call(JsonBuilder& out, dom::object call) {
  const auto function = object_at(call, "function");
  if (!function) cannot_say("a tool call that is no function's");
  const auto input = arguments_of(*function);
  if (!input) cannot_say("a tool call whose arguments are no JSON object");
  out.open('{').key("type").text("tool_use").key("id").text(text_at(call, "id"));
  out.key("name").text(text_at(*function, "name")).key("input").raw(*input).close('}');
}

void add_tool_calls(JsonBuilder& out, dom::object message) {
  dom::array calls;
  if (message["tool_calls"].get(calls)) return;
  for (const dom::element call : calls) {
    dom::object fields;
    if (!call.get(fields)) add_tool_call(out, fields);
  }
}

void add_tool_result(JsonBuilder& out, dom::object message) {
  out.open('{').key("type").text("tool_result").key("tool_use_id").text(text_at(message, "tool_call_id"));
  out.key("content").open('[');
  add_parts(out, message);
  out.close(']').close('}');
}

/// Takes messages in their order. System messages stand at the top, and the results of tools in a user's message.
class Messages {
 public:
  void add(dom::element message) {
    dom::object fields;
    if (message.get(fields)) cannot_say("a message that is no object");
    const auto role = text_at(fields, "role");
    if (role == "system" || role == "developer") return add_parts(system_, fields);
    if (role == "tool") return add_result(fields);
    end_results();
    if (role != "user" && role != "assistant") cannot_say(fmt::format("a message of the role '{}'", role));
    messages_.open('{').key("role").text(role).key("content").open('[');
    if (role == "assistant") add_thoughts(messages_, fields);
    add_parts(messages_, fields);
    if (role == "assistant") add_tool_calls(messages_, fields);
    messages_.close(']').close('}');
  }

  void write(JsonBuilder& out) {
    end_results();
    out.key("messages").raw('[' + messages_.json() + ']');
    if (!system_.json().empty()) out.key("system").raw('[' + system_.json() + ']');
  }

 private:
  void add_result(dom::object message) {
    if (!in_results_) messages_.open('{').key("role").text("user").key("content").open('[');
    in_results_ = true;
    add_tool_result(messages_, message);
  }
  void end_results() {
    if (in_results_) messages_.close(']').close('}');
    in_results_ = false;
  }

  JsonBuilder messages_, system_;
  bool in_results_ = false;  // Anthropic wants all results of a turn in one message
};

void add_tool(JsonBuilder& out, dom::element tool) {
  dom::object fields;
  const auto function = tool.get(fields) ? std::nullopt : object_at(fields, "function");
  if (!function) {
    out.raw(json_of(tool));  // Anthropic's own
    return;
  }
  dom::element value;
  out.open('{').key("name").text(text_at(*function, "name"));
  if (!(*function)["description"].get(value)) out.key("description").raw(json_of(value));
  const bool has_schema = !(*function)["parameters"].get(value) && !value.is_null();
  out.key("input_schema").raw(has_schema ? json_of(value) : R"({"type":"object","properties":{}})");
  bool strict = false;
  if (!(*function)["strict"].get(strict) && strict) out.key("strict").raw("true");
  if (!fields["cache_control"].get(value)) out.key("cache_control").raw(json_of(value));
  out.close('}');
}

/// Reads a chat's fields, and writes Anthropic's. Those that it does not know are Anthropic's own, or nobody's: the provider
/// says so.
class ChatReader {
 public:
  void read(std::string_view name, dom::element value) {
    if (name == "messages") return read_messages(value);
    if (value.is_null()) return;
    if (name == "max_tokens" || name == "max_completion_tokens") return keep(max_tokens_, value);
    if (name == "stop") return read_stop(value);
    if (name == "tools") return read_tools(value);
    if (name == "tool_choice") return keep(tool_choice_, value);
    if (name == "parallel_tool_calls") return read_parallel(value);
    if (name == "response_format") return read_format(value);
    if (name == "reasoning_effort") return read_effort(value);
    if (name == "output_config") return read_output_config(value);
    if (name == "service_tier") return read_tier(value);
    if (name == "user") return keep(user_, value);
    if (name == "metadata") has_metadata_ = true;
    if (name == "stream_options") return;  // Anthropic's streams tell their usage in any case
    if (is_only_openais(name)) return refuse_if_asked(name, value);
    out_.key(name).raw(json_of(value));
  }

  std::string finish() {
    messages_.write(out_);
    out_.key("max_tokens").raw(max_tokens_ ? *max_tokens_ : std::to_string(default_max_tokens));
    if (user_ && !has_metadata_) out_.key("metadata").open('{').key("user_id").raw(*user_).close('}');
    write_tool_choice();
    if (!output_config_.json().empty()) out_.key("output_config").raw('{' + output_config_.json() + '}');
    return '{' + out_.json() + '}';
  }

 private:
  static void keep(std::optional<std::string>& field, dom::element value) { field = json_of(value); }

  void read_messages(dom::element value) {
    dom::array all;
    if (value.get(all)) cannot_say("'messages' that are no list");
    for (const dom::element message : all) messages_.add(message);
  }

  void read_stop(dom::element value) {
    const auto json = json_of(value);
    out_.key("stop_sequences").raw(value.is_string() ? '[' + json + ']' : json);
  }

  void read_tools(dom::element value) {
    dom::array tools;
    if (value.get(tools)) cannot_say("'tools' that are no list");
    has_tools_ = tools.size() > 0;
    if (!has_tools_) return;
    out_.key("tools").open('[');
    for (const dom::element tool : tools) add_tool(out_, tool);
    out_.close(']');
  }

  void read_parallel(dom::element value) {
    bool parallel = true;
    one_at_a_time_ = !value.get(parallel) && !parallel;
  }

  void read_format(dom::element value) {
    dom::object format;
    const auto type = value.get(format) ? std::string_view() : text_at(format, "type");
    if (type == "text") return;
    const auto wanted = type == "json_schema" ? object_at(format, "json_schema") : std::nullopt;
    dom::element schema;
    if (!wanted || (*wanted)["schema"].get(schema)) {
      cannot_say("JSON without a schema: give one, as 'response_format' of the type 'json_schema'");
    }
    output_config_.key("format").open('{').key("type").text("json_schema");
    output_config_.key("schema").raw(json_of(schema)).close('}');
  }

  void read_effort(dom::element value) {
    std::string_view effort;
    if (value.get(effort)) cannot_say("a 'reasoning_effort' that is no text");
    if (effort == "none") {
      out_.key("thinking").raw(R"({"type":"disabled"})");
    } else {
      output_config_.key("effort").text(effort == "minimal" ? "low" : effort);
    }
  }

  void read_output_config(dom::element value) {
    dom::object fields;
    if (value.get(fields)) cannot_say("an 'output_config' that is no object");
    for (const auto field : fields) output_config_.key(field.key).raw(json_of(field.value));
  }

  void read_tier(dom::element value) {
    std::string_view tier;
    if (value.get(tier)) cannot_say("a 'service_tier' that is no text");
    if (tier != "auto" && tier != "default" && tier != "standard_only")
      cannot_say(fmt::format("the service tier '{}'", tier));
    out_.key("service_tier").text(tier == "auto" ? "auto" : "standard_only");
  }

  void write_tool_choice() {
    if (!tool_choice_ && (!one_at_a_time_ || !has_tools_)) return;
    LenientJson json;
    const auto choice = tool_choice_.value_or("\"auto\"");
    out_.key("tool_choice").open('{');
    if (choice == "\"none\"") {
      out_.key("type").text("none");
    } else if (choice == "\"required\"") {
      out_.key("type").text("any");
    } else if (choice == "\"auto\"") {
      out_.key("type").text("auto");
    } else if (const auto fields = json.read(choice)) {
      write_chosen(*fields);
    } else {
      cannot_say("this 'tool_choice'");
    }
    if (one_at_a_time_ && choice != "\"none\"") out_.key("disable_parallel_tool_use").raw("true");
    out_.close('}');
  }

  void write_chosen(dom::object choice) {
    if (const auto function = object_at(choice, "function")) {
      out_.key("type").text("tool").key("name").text(text_at(*function, "name"));
      return;
    }
    for (const auto field : choice) out_.key(field.key).raw(json_of(field.value));
  }

  JsonBuilder out_, output_config_;
  Messages messages_;
  std::optional<std::string> max_tokens_, tool_choice_, user_;  // JSON
  bool has_tools_ = false;
  bool one_at_a_time_ = false;
  bool has_metadata_ = false;
};

}  // namespace

Question question_of(std::string_view chat) {
  LenientJson json;
  const auto fields = json.read(chat);
  if (!fields) throw Error(ErrorKind::configuration, "a chat's body must be a JSON object, with numbers of 64 bits");
  ChatReader reader;
  for (const auto field : *fields) reader.read(field.key, field.value);
  return {reader.finish(), {}};
}

}  // namespace headway::wire::anthropic
