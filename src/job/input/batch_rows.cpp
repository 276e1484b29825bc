#include "job/input/batch_rows.hpp"

#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/asked_schema.hpp"
#include "job/input/body_facts.hpp"

namespace headway::job {
namespace {

const InputSettings& checked(const InputSettings& settings) {
  const auto refuse = [](std::string_view setting, std::string_view why) {
    throw Error(ErrorKind::configuration, fmt::format("{} is not for Batch lines: {}", setting, why));
  };
  if (!settings.prompt.empty()) refuse("a prompt", "each line has its own body");
  if (!settings.system.empty()) refuse("a system prompt", "each line has its own body");
  if (settings.completions) refuse("the choice of /v1/completions", "each line says its own url");
  if (!settings.id_column.empty()) refuse("an id column", "each line has its custom_id");
  return settings;
}

// Of a field that must be a text.
std::string text_fault(std::string_view name, const Column& column) {
  if (column.kind == Column::Kind::absent) return fmt::format("has no {}", name);
  if (column.kind != Column::Kind::text) return fmt::format("{} is not a text", name);
  return column.value.empty() ? fmt::format("{} is empty", name) : std::string();
}

}  // namespace

BatchRows::BatchRows(const InputSettings& settings, const Head& head)
    : RowMaker(settings.max_row_bytes),
      fields_(checked(settings)),
      schema_wanted_(!settings.schema.empty()),
      texts_wanted_(settings.texts_wanted),
      carried_(settings, slots_),
      columns_(slots_, {"custom_id", "method", "url", "body"}) {
  for (const auto& name : head.columns) {
    if (!slots_.find(name) && !carried_.has_all()) unused_.push_back(name);
  }
}

std::string BatchRows::fill(std::string_view text, Row& row) {
  if (auto fault = columns_.read(text); !fault.empty()) return fault;
  if (auto fault = carried_.fault_of(columns_); !fault.empty()) return fault;
  row.columns = carried_.of(columns_);
  if (auto fault = text_fault("custom_id", columns_[slots_.custom_id]); !fault.empty()) return fault;
  row.custom_id = columns_[slots_.custom_id].value;
  row.own_id = true;
  for (const auto& [name, slot] : {std::pair("method", slots_.method), std::pair("url", slots_.url)}) {
    if (columns_[slot].kind == Column::Kind::absent) continue;
    if (auto fault = text_fault(name, columns_[slot]); !fault.empty()) return fault;
  }
  const auto& method = columns_[slots_.method];
  if (method.kind == Column::Kind::text && method.value != "POST") return "method is not POST";
  return fill_body(row);
}

/// Lines of Together, Mistral and others have no url.
std::optional<Endpoint> BatchRows::endpoint() const {
  const auto& url = columns_[slots_.url];
  if (url.kind == Column::Kind::text) return endpoint_of(url.value);
  const simdjson::dom::object body = columns_.element("body");
  if (!body.at_key("messages").error()) return Endpoint::chat;
  if (!body.at_key("prompt").error()) return Endpoint::completions;
  return std::nullopt;
}

std::string BatchRows::fill_body(Row& row) {
  const auto& body = columns_[slots_.body];
  if (body.kind == Column::Kind::absent) return "has no body";
  if (!body.value.starts_with('{') || body.kind != Column::Kind::json) return "body is not a JSON object";
  const auto endpoint = this->endpoint();
  if (!endpoint && columns_[slots_.url].kind == Column::Kind::absent) {
    return "has no url, and its body has neither messages nor a prompt, which would tell";
  }
  if (!endpoint) return fmt::format("url is none of {}", fmt::join(endpoint_paths, ", "));
  if (texts_wanted_ && endpoint == Endpoint::embeddings) {
    return "an embedding has no text: --select body or batch, and no --format csv, keeps its numbers";
  }
  row.path = path_of(*endpoint);
  if (schema_wanted_ && AskedSchema::field_of(*endpoint).empty()) {
    return fmt::format("no schema can be asked for at {}: leave --schema out, or take chats", row.path);
  }
  const auto facts = facts_of(columns_.element("body"), *endpoint);
  row.prompt_bytes = facts.prompt_bytes;
  const auto& fields = fields_.at(*endpoint, facts.newer_limit);
  if (!facts.has_model && !has_field(fields, "model")) return "body has no model, and none is set (--model)";
  if (facts.streams && !has_field(fields, "stream")) return "body.stream is set: a run writes whole answers";
  if (!facts.prompt_fault.empty()) return facts.prompt_fault;
  row.body = with_fields(parser_, body.value, fields);
  return {};
}

}  // namespace headway::job
