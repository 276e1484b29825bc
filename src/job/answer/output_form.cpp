#include "job/answer/output_form.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "job/answer/answer_json.hpp"
#include "job/answer/csv_record.hpp"
#include "job/answer/line_id.hpp"
#include "job/json_text.hpp"
#include "wire/ascii.hpp"
#include "wire/json_fields.hpp"

namespace headway::job {
namespace {

void add_text(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  append_json_string(out, value);
}

template <class Number>
void add_number(std::string& out, std::string_view name, Number value) {
  fmt::format_to(std::back_inserter(out), "{}{}", name, value);
}

// In the order of OpenAI's lines; what is headway's own comes last.
std::string beginning(std::string_view id, std::string_view custom_id, std::size_t more) {
  std::string out;
  out.reserve(more + custom_id.size() + 256);
  out += R"({"id": ")";
  out += id;
  add_text(out, R"(", "custom_id": )", custom_id);
  return out;
}

template <class AnyRow>
void end(std::string& out, const AnyRow& row) {
  add_number(out, R"(, "line": )", row.line);
  if (!row.columns.empty()) {
    out += R"(, "columns": )";
    append_one_line(out, row.columns);
  }
  out += '}';
}

std::string beginning(const Row& row, std::size_t more) {
  return beginning(to_string(LineId{row.number, row.content_hash, row.request_hash}), row.custom_id, more);
}

void add_response(std::string& out, int status, std::string_view request_id) {
  add_number(out, R"(, "response": {"status_code": )", status);
  add_text(out, R"(, "request_id": )", request_id);
  out += R"(, "body": )";
}

void add_response(std::string& out, const RawResponse& response) {
  add_response(out, response.status, response.request_id);
  append_one_line(out, response.openai_form());
  out += '}';
}

void add_provider_error(std::string& out, const ErrorInfo& error) {
  add_response(out, error.status, error.request_id);
  if (!error.body.empty()) {
    append_if_json(out, error.body);
    out += '}';
    return;
  }
  if (error.provider_message.empty() && error.provider_type.empty() && error.provider_code.empty()) {
    out += "null}";
    return;
  }
  add_text(out, R"({"error": {"message": )", error.provider_message);
  add_text(out, R"(, "type": )", error.provider_type);
  add_text(out, R"(, "code": )", error.provider_code);
  out += "}}}";
}

void add_error(std::string& out, std::string_view code, std::string_view message, int attempts, bool maybe_billed,
               std::string_view provider_message = {}) {
  add_text(out, R"(, "error": {"code": )", code);
  add_text(out, R"(, "message": )", message);
  if (!provider_message.empty()) add_text(out, R"(, "provider_message": )", provider_message);
  add_number(out, R"(, "attempts": )", attempts);
  add_number(out, R"(, "maybe_billed": )", maybe_billed);
  out += '}';
}

std::string batch_line(const Row& row, const RawResponse& response) {
  auto out = beginning(row, response.body.size() + row.columns.size());
  add_response(out, response);
  out += R"(, "error": null)";
  end(out, row);
  return out;
}

void add_json(std::string& out, std::string_view text) {
  const auto read = read_json(text, true);
  if (read.value) {
    append_one_line(out, read.json());
  } else {
    out += "null";
  }
}

std::string_view text_of(const Choice& choice, bool trims) {
  return trims ? wire::without_blanks(choice.text) : std::string_view(choice.text);
}

std::string_view first_text(const RawResponse& response, bool trims) {
  return response.choices.empty() ? std::string_view() : text_of(response.choices.front(), trims);
}

// But for what stands there already.
void add_flat(std::string& out, const std::string& columns) {
  std::string json;
  json.reserve(columns.size() + simdjson::SIMDJSON_PADDING);
  json.assign(columns);
  wire::read_fields(json, [&](std::string_view name, simdjson::ondemand::value value) {
    if (name == "custom_id") return;
    append_json_string(out += ", ", name);
    append_one_line(out += ": ", wire::without_blanks(std::string_view(simdjson::to_json_string(value))));
  });
}

std::string selected_line(const Row& row, const RawResponse& response, const OutputSettings& form,
                          std::string_view name, void (*add)(std::string&, std::string_view)) {
  const bool trims = form.trims;
  const auto text = first_text(response, trims);
  std::string out;
  out.reserve(text.size() + row.columns.size() + row.custom_id.size() + 64);
  add_text(out, R"({"custom_id": )", row.custom_id);
  fmt::format_to(std::back_inserter(out), R"(, "line": {})", row.line);
  if (form.flat) add_flat(out, row.columns);
  fmt::format_to(std::back_inserter(out), R"(, "{}": )", name);
  add(out, text);
  if (response.choices.size() > 1) {
    fmt::format_to(std::back_inserter(out), R"(, "{}s": [)", name);
    for (const auto& choice : response.choices) {
      if (&choice != &response.choices.front()) out += ", ";
      add(out, text_of(choice, trims));
    }
    out += ']';
  }
  if (!form.flat && !row.columns.empty()) append_one_line(out += R"(, "columns": )", row.columns);
  return out += '}';
}

}  // namespace

Select select_of(std::string_view setting) {
  if (setting.empty() || setting == "batch") return Select::batch;
  if (setting == "text") return Select::text;
  if (setting == "json") return Select::json;
  if (setting == "body") return Select::body;
  throw Error(ErrorKind::configuration, fmt::format("what to select is text, json or body, and not \"{}\"", setting));
}

std::string_view to_string(Select select) noexcept {
  switch (select) {
    case Select::batch:
      return "batch";
    case Select::text:
      return "text";
    case Select::json:
      return "json";
    case Select::body:
      return "body";
  }
  return "";
}

OutputForm::OutputForm(OutputSettings settings) : settings_(std::move(settings)) {
  if (settings_.csv && settings_.select != Select::text) {
    throw Error(ErrorKind::configuration, "a CSV file holds texts: select text, or leave the format jsonl");
  }
  if (settings_.flat && settings_.select != Select::text && settings_.select != Select::json) {
    throw Error(ErrorKind::configuration,
                fmt::format("--keep-input writes answers beside the input's columns, and with --select {} there are "
                            "whole responses: select text or json, or take --columns '*'",
                            to_string(settings_.select)));
  }
  if (settings_.flat) std::erase(settings_.columns, "custom_id");
}

std::string OutputForm::header() const {
  return settings_.csv ? csv_header(settings_.columns, settings_.flat ? "answer" : "text") : "";
}

std::string OutputForm::done(const Row& row, const RawResponse& response) const {
  if (settings_.csv) return csv_record(row, settings_.columns, first_text(response, settings_.trims));
  switch (settings_.select) {
    case Select::text:
      return selected_line(row, response, settings_, settings_.flat ? "answer" : "text", append_json_string);
    case Select::json:
      return selected_line(row, response, settings_, settings_.flat ? "answer" : "json", add_json);
    case Select::body: {
      std::string out;
      append_one_line(out, response.body);
      return out;
    }
    case Select::batch:
      break;
  }
  return batch_line(row, response);
}

std::string OutputForm::unusable(const Row& row, const RawResponse& response, const Judgement& judgement) const {
  auto out = beginning(row, response.body.size() + row.columns.size() + judgement.detail.size());
  add_response(out, response);
  add_text(out, R"(, "error": {"code": "unusable", "message": )", judgement.detail);
  add_text(out, R"(, "verdict": )", to_string(judgement.verdict));
  add_number(out, R"(, "attempts": )", response.attempts);
  out += '}';
  end(out, row);
  return out;
}

std::string OutputForm::failed(const Row& row, const ErrorInfo& error) const {
  auto out =
      beginning(row, row.columns.size() + error.message.size() + error.provider_message.size() + error.body.size());
  if (error.status == 0) {
    out += R"(, "response": null)";
  } else {
    add_provider_error(out, error);
  }
  // In a body that is whole they may stand anywhere.
  const auto words = error.body.empty() ? std::string_view() : std::string_view(error.provider_message);
  add_error(out, headway::to_string(error.kind), error.message, error.attempts, error.maybe_billed, words);
  end(out, row);
  return out;
}

std::string OutputForm::invalid(const BadRow& row) const {
  auto out = beginning(to_string(LineId{row.number, row.content_hash, 0}), row.custom_id,
                       row.columns.size() + row.reason.size());
  out += R"(, "response": null)";
  add_error(out, "invalid", row.reason, 0, false);
  end(out, row);
  return out;
}

}  // namespace headway::job
