#include "wire/encode.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <simdjson.h>
#include <boost/json/serializer.hpp>

#include <headway/error.hpp>

#include "wire/embeddings.hpp"
#include "wire/extra_body.hpp"
#include "wire/utf8.hpp"

namespace headway::wire {
namespace {

void append_string(std::string& out, std::string_view text, std::string_view what) {
  if (const auto bad = invalid_utf8_at(text)) {
    throw Error(ErrorKind::configuration, fmt::format("{} is not valid UTF-8 at byte {}", what, *bad));
  }
  boost::json::serializer serializer;
  serializer.reset(boost::json::string_view(text.data(), text.size()));
  std::array<char, 4096> piece;
  while (!serializer.done()) out += serializer.read(piece.data(), piece.size());
}

// Shortest digits that read back as the same number: Boost.JSON would write 0.7 as 7E-1.
void append_number(std::string& out, double number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_temperature(std::string& out, double temperature) {
  if (!std::isfinite(temperature)) throw Error(ErrorKind::configuration, "temperature is not a finite number");
  append_number(out, temperature);
}

void append_stop(std::string& out, const std::vector<std::string>& stop) {
  if (stop.size() == 1) return append_string(out, stop.front(), "stop");
  for (char separator = '['; const auto& text : stop) {
    out += separator;
    append_string(out, text, "stop");
    separator = ',';
  }
  out += ']';
}

void append_texts(std::string& out, const std::vector<std::string_view>& texts) {
  out += '[';
  for (const auto text : texts) {
    if (out.back() != '[') out += ',';
    append_string(out, text, "a text");
  }
  out += ']';
}

void append_messages(std::string& out, const std::vector<Message>& messages) {
  if (messages.empty()) throw Error(ErrorKind::configuration, "a chat needs at least one message");
  for (char separator = '['; const auto& message : messages) {
    out += separator;
    out += R"({"role":)";
    append_string(out, message.role, "a message's role");
    out += R"(,"content":)";
    append_string(out, message.content, "a message's content");
    out += '}';
    separator = ',';
  }
  out += ']';
}

// A JSON object in the making. A field that extra_body has is left to it.
class Body {
 public:
  Body(const std::string& extra_body, std::size_t text_bytes) : extra_(extra_body) {
    constexpr std::size_t other_fields = 256;
    text_.reserve(text_bytes + text_bytes / 8 + extra_body.size() + other_fields);
    text_ += '{';
  }

  template <class Append>
  void field(std::string_view name, Append append_value) {
    if (extra_.has(name)) return;
    separate();
    fmt::format_to(std::back_inserter(text_), "\"{}\":", name);
    append_value(text_);
  }

  std::string finish() && {
    for (const auto& member : extra_) {
      separate();
      text_ += member.json;
    }
    text_ += '}';
    text_.shrink_to_fit();  // it stays in memory as long as the call is in flight
    return std::move(text_);
  }

 private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }

  ExtraBody extra_;
  std::string text_;
};

void add_model(Body& body, const ModelOptions& options) {
  if (options.model.empty()) return;
  body.field("model", [&](std::string& out) { append_string(out, options.model, "the model's name"); });
}

// A limit goes out by the name that it was given. Servers that do not know a name ignore it and answer without limit
// (llama-cpp-python #1907) or refuse it (langchain #29954), and OpenAI's newer models refuse `max_tokens`.
void add_sampling(Body& body, const ModelOptions& options) {
  if (options.temperature) {
    body.field("temperature", [&](std::string& out) { append_temperature(out, *options.temperature); });
  }
  if (options.max_tokens) {
    body.field("max_tokens", [&](std::string& out) { out += std::to_string(*options.max_tokens); });
  }
  if (options.max_completion_tokens) {
    body.field("max_completion_tokens",
               [&](std::string& out) { out += std::to_string(*options.max_completion_tokens); });
  }
  if (!options.stop.empty()) body.field("stop", [&](std::string& out) { append_stop(out, options.stop); });
}

void add_delivery(Body& body, Delivery delivery) {
  if (delivery == Delivery::whole) return;
  body.field("stream", [](std::string& out) { out += "true"; });
  body.field("stream_options", [](std::string& out) { out += R"({"include_usage":true})"; });
}

std::size_t bytes_of(const std::vector<Message>& messages) {
  constexpr std::size_t names_and_quotes = 32;
  std::size_t bytes = 0;
  for (const auto& message : messages) bytes += message.role.size() + message.content.size() + names_and_quotes;
  return bytes;
}

}  // namespace

std::string completion_body(std::string_view prompt, const ModelOptions& options, Delivery delivery) {
  Body body(options.extra_body, prompt.size());
  add_model(body, options);
  body.field("prompt", [&](std::string& out) { append_string(out, prompt, "the prompt"); });
  add_sampling(body, options);
  add_delivery(body, delivery);
  return std::move(body).finish();
}

std::string chat_body(const std::vector<Message>& messages, const ModelOptions& options, Delivery delivery) {
  Body body(options.extra_body, bytes_of(messages));
  add_model(body, options);
  body.field("messages", [&](std::string& out) { append_messages(out, messages); });
  add_sampling(body, options);
  add_delivery(body, delivery);
  return std::move(body).finish();
}

std::string embeddings_body(const std::vector<std::string_view>& texts, const EmbeddingsFields& fields) {
  std::size_t bytes = 0;
  for (const auto text : texts) bytes += text.size() + 3;
  Body body(fields.extra_body, bytes);
  if (!fields.model.empty()) {
    body.field("model", [&](std::string& out) { append_string(out, fields.model, "the model's name"); });
  }
  body.field("input", [&](std::string& out) { append_texts(out, texts); });
  if (fields.dimensions) body.field("dimensions", [&](std::string& out) { out += std::to_string(*fields.dimensions); });
  if (!fields.encoding_format.empty()) {
    body.field("encoding_format",
               [&](std::string& out) { append_string(out, fields.encoding_format, "encoding_format"); });
  }
  return std::move(body).finish();
}

std::string with_model(const std::string& body, std::string_view model) {
  std::string name;
  append_string(name, model, "the model's name");
  const simdjson::padded_string json(body);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  simdjson::ondemand::json_type type{};
  const bool found = !parser.iterate(json).get(document) && !document.find_field_unordered("model").get(value) &&
                     !value.type().get(type) && type == simdjson::ondemand::json_type::string;
  if (!found) return body;
  const auto token = value.raw_json_token();  // with the blanks behind it
  const auto start = static_cast<std::size_t>(token.data() - json.data());
  const auto size = token.rfind('"') + 1;
  return body.substr(0, start) + name + body.substr(start + size);
}

ModelOptions merged(const ModelOptions& defaults, const ModelOptions& call) {
  ModelOptions all = defaults;
  if (!call.model.empty()) all.model = call.model;
  if (call.temperature) all.temperature = call.temperature;
  if (call.max_tokens || call.max_completion_tokens) {
    all.max_tokens = call.max_tokens;
    all.max_completion_tokens = call.max_completion_tokens;
  }
  if (!call.stop.empty()) all.stop = call.stop;
  all.extra_body = merged_extra_body(defaults.extra_body, call.extra_body);
  return all;
}

}  // namespace headway::wire
