#include "wire/provider_error.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <simdjson.h>

#include "wire/ascii.hpp"
#include "wire/body_wait.hpp"
#include "wire/error_kind.hpp"
#include "wire/utf8.hpp"

namespace headway::wire {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t longest_message = 500;
constexpr std::size_t longest_name = 100;

std::string string_at(dom::object fields, std::string_view name) {
  std::string_view text;
  return fields[name].get(text) ? std::string() : std::string(text);
}

// The first of these that has text.
std::string first_string_at(dom::object fields, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (auto text = string_at(fields, name); !text.empty()) return text;
  }
  return {};
}

std::string scalar(dom::element value) {
  std::string_view text;
  if (!value.get(text)) return std::string(text);
  return value.is_number() ? simdjson::to_string(value) : std::string();
}

std::string code_of(dom::object fields) {
  dom::element code;
  return fields["code"].get(code) ? std::string() : scalar(code);
}

// FastAPI's and so vLLM's: {"loc": ["body", "max_tokens"], "msg": "...", "input": what was sent, not to be
// shown}.
std::string text_of_detail(dom::element item) {
  dom::object fields;
  if (item.get(fields)) return scalar(item);
  std::string text;
  dom::array location;
  if (!fields["loc"].get(location)) {
    for (const dom::element step : location) text += (text.empty() ? "" : ".") + scalar(step);
  }
  const auto message = first_string_at(fields, {"msg", "message"});
  return text.empty() ? message : text + ": " + message;
}

std::string text_of_details(dom::element detail) {
  dom::array items;
  if (detail.get(items)) return text_of_detail(detail);
  std::string text;
  for (const dom::element item : items) text += (text.empty() ? "" : "; ") + text_of_detail(item);
  return text;
}

// What few say: how long to wait; and that it is about money or the key, though `type` and `code` say nothing of it.
void read_detail(dom::object fields, ProviderError& error) {
  for (const auto [name, field] : fields) {
    if (name == "retryDelay" || name == "retry_after") error.wait = wait_in_field(scalar(field));
    if (name == "error_code" && is_money(scalar(field))) error.code = scalar(field);         // Anthropic
    if (name == "reason" && scalar(field) == "API_KEY_INVALID") error.code = scalar(field);  // Gemini, with 400
  }
}

void read_error_fields(dom::object fields, ProviderError& error) {
  error.message = first_string_at(fields, {"message", "msg"});
  dom::element detail;
  if (error.message.empty() && !fields["detail"].get(detail)) error.message = text_of_details(detail);
  if (error.message.empty()) error.message = first_string_at(fields, {"error_description", "title"});
  error.type = first_string_at(fields, {"type", "status", "error_type"});
  error.code = code_of(fields);
  error.param = string_at(fields, "param");
  read_detail(fields, error);
  dom::object inner;
  dom::array details;
  if (!fields["details"].get(inner)) read_detail(inner, error);
  if (fields["details"].get(details)) return;
  for (const dom::element item : details) {
    if (!item.get(inner)) read_detail(inner, error);
  }
}

void read_root(dom::element root, ProviderError& error) {
  dom::array list;
  if (!root.get(list) && list.size() > 0) root = list.at(0);  // Gemini's OpenAI endpoint: [{"error": {...}}]
  dom::object fields, inner;
  if (root.get(fields)) {
    error.message = scalar(root);
    return;
  }
  if (!fields["error"].get(inner)) return read_error_fields(inner, error);
  if (!fields["errors"].at(0).get(inner)) return read_error_fields(inner, error);  // Cloudflare
  read_error_fields(fields, error);
  if (auto text = string_at(fields, "error"); !text.empty()) error.message = std::move(text);
}

bool read_json(std::string_view body, ProviderError& error) {
  simdjson::dom::parser parser;
  dom::element root;
  if (parser.parse(body.data(), body.size()).get(root)) return false;
  read_root(root, error);
  return true;
}

std::string_view title_of(std::string_view page) {
  const auto find = [&](std::string_view tag, std::size_t from) {
    const auto rest = page.substr(std::min(from, page.size()));
    return from + static_cast<std::size_t>(std::ranges::search(rest, tag, {}, lower).begin() - rest.begin());
  };
  const auto open = page.find('>', find("<title", 0));
  if (open == std::string_view::npos) return {};
  const auto close = find("</title", open);
  return close < page.size() ? page.substr(open + 1, close - open - 1) : std::string_view();
}

std::string_view text_of_other(std::string_view body) {
  body = without_blanks(body);
  if (body.starts_with('<')) return title_of(body);
  // Broken JSON may hold the prompt in an escaped form, in which it would not be recognised and blacked out.
  const bool broken_json = body.starts_with('{') || body.starts_with('[');
  return broken_json ? std::string_view() : body;
}

void collect(dom::element value, bool top_level, std::vector<std::string>& texts) {
  std::string_view text;
  dom::object fields;
  dom::array items;
  if (!value.get(text)) {
    texts.push_back(without_controls(text));
  } else if (!value.get(items)) {
    for (const dom::element item : items) collect(item, false, texts);
  } else if (!value.get(fields)) {
    for (const auto field : fields) {
      const bool name_of_a_thing = field.key == "role" || field.key == "type" || (top_level && field.key == "model");
      if (!name_of_a_thing || !field.value.is_string()) collect(field.value, false, texts);
    }
  }
}

}  // namespace

ProviderError decode_error(int status, std::string_view body) {
  ProviderError error;
  if (!read_json(body, error)) error.message = text_of_other(body);
  if (!error.wait) error.wait = wait_in_words(error.message);
  const bool never = says_limit_of_zero(error.message);
  error.message = printable_line(error.message, longest_message);
  error.type = printable_line(error.type, longest_name);
  error.code = printable_line(error.code, longest_name);
  error.param = printable_line(error.param, longest_name);
  error.kind = kind_of(status, error.type, error.code);
  if (never && error.kind == ErrorKind::rate_limited) error.kind = ErrorKind::quota_exhausted;
  return error;
}

std::vector<std::string> texts_of(std::string_view request_body) {
  std::vector<std::string> texts;
  simdjson::dom::parser parser;
  dom::element root;
  if (parser.parse(request_body.data(), request_body.size()).get(root)) {
    texts.push_back(without_controls(request_body));
  } else {
    collect(root, true, texts);
  }
  return texts;
}

}  // namespace headway::wire
