#include "job/input/template_rows.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/input/asked_schema.hpp"
#include "job/input/body_facts.hpp"
#include "job/input/text_columns.hpp"
#include "job/json_text.hpp"

namespace headway::job {
namespace {

[[noreturn]] void refuse_rows(const std::string& why) {
  throw Error(ErrorKind::configuration, why);
}

std::string columns_of(const Head& head) {
  std::string list;
  for (const auto& name : head.columns) {
    if (!name.empty()) list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

std::optional<PromptTemplate> prompt_of(const InputSettings& settings, const Head& head, ColumnSlots& slots) {
  if (!settings.prompt.empty()) return PromptTemplate(settings.prompt, "the prompt", slots);
  if (head.format == InputFormat::lines) return PromptTemplate("{{line}}", "the prompt", slots);
  if (head.has_column("prompt")) return PromptTemplate("{{prompt}}", "the prompt", slots);
  if (head.has_messages && !settings.completions) return std::nullopt;
  if (head.columns.empty()) return PromptTemplate("{{prompt}}", "the prompt", slots);
  refuse_rows(
      fmt::format("{} has no column \"prompt\": say what to ask, e.g. --prompt 'Summarise: {{{{text}}}}'; its columns "
                  "are: {}",
                  settings.shown_name(), columns_of(head)));
}

std::optional<PromptTemplate> system_of(const InputSettings& settings, ColumnSlots& slots) {
  if (settings.system.empty()) return std::nullopt;
  if (settings.completions) refuse_rows("a system prompt is for chats, not for completions");
  return PromptTemplate(settings.system, "the system prompt", slots);
}

void append_message(std::string& out, std::string_view role, std::string_view text) {
  out += R"({"role":")";
  out += role;
  out += R"(","content":)";
  append_json_string(out, text);
  out += '}';
}

}  // namespace

TemplateRows::TemplateRows(const InputSettings& settings, const Head& head)
    : RowMaker(settings.max_row_bytes),
      endpoint_(settings.completions ? Endpoint::completions : Endpoint::chat),
      fields_(BodyFields(settings).at(endpoint_)),
      prompt_(prompt_of(settings, head, slots_)),
      system_(system_of(settings, slots_)),
      carried_(settings, slots_),
      id_column_(settings.id_column.empty() ? "custom_id" : settings.id_column),
      needs_id_(!settings.id_column.empty()),
      id_slot_(slots_.slot_of(id_column_)),
      messages_slot_(slots_.slot_of("messages")),
      default_model_(settings.default_model) {
  if (settings.prompt.empty() && prompt_ && head.format != InputFormat::lines) prompt_slot_ = slots_.slot_of("prompt");
  const bool rows_are_requests = settings.prompt.empty() && head.format == InputFormat::json_lines;
  if (rows_are_requests) {
    row_fields_.emplace(endpoint_, fields_, slots_);
    model_slot_ = slots_.slot_of("model");
    if (!has_field(fields_, "stream")) stream_slot_ = slots_.slot_of("stream");
  }
  check(settings, head);
  find_unused(head);
  open_columns(head);
  make_frame();
}

void TemplateRows::check(const InputSettings& settings, const Head& head) const {
  const std::set<std::string_view> there(head.columns.begin(), head.columns.end());
  const auto must_have = [&](const std::string& name, std::string_view user) {
    if (there.empty() || there.contains(name)) return;
    refuse_rows(fmt::format("{} has no column \"{}\", which {} names; its columns are: {}", settings.shown_name(), name,
                            user, columns_of(head)));
  };
  const auto must_have_all = [&](const std::optional<PromptTemplate>& text, std::string_view user) {
    if (!text) return;
    for (const auto& name : text->columns()) must_have(name, user);
  };
  must_have_all(prompt_, "the prompt");
  must_have_all(system_, "the system prompt");
  if (needs_id_) must_have(id_column_, "--id-column");
  for (const auto& name : settings.columns) {
    if (name != "*") must_have(name, "--columns");
  }
  if (!prompt_ && system_) refuse_rows("a system prompt and rows that have \"messages\": these say their own");
  if (prompt_ && prompt_->columns().empty() && (!system_ || system_->columns().empty())) {
    refuse_rows(fmt::format("the prompt names no column, so that every row would ask the same; the columns are: {}",
                            columns_of(head)));
  }
  const bool rows_may_say = model_slot_ && (head.columns.empty() || head.has_column("model"));
  if (!has_field(fields_, "model") && default_model_.empty() && !rows_may_say) {
    refuse_rows("no model: give --model NAME or set HEADWAY_MODEL; 'headway models' lists what is served");
  }
  if (!settings.schema.empty() && AskedSchema::field_of(endpoint_).empty()) {
    refuse_rows("--schema is for chats, not for completions: these cannot be asked for a schema");
  }
  if (has_field(fields_, "prompt"))
    refuse_rows("--set prompt: every row would ask the same; it is the rows that say it");
}

void TemplateRows::open_columns(const Head& head) {
  if (head.format == InputFormat::csv) {
    columns_ = std::make_unique<CsvColumns>(slots_, head.columns, head.dialect.delimiter);
  } else if (head.format == InputFormat::lines) {
    columns_ = std::make_unique<LineColumns>(slots_);
  } else {
    auto json = std::make_unique<JsonColumns>(slots_);
    json_ = json.get();
    columns_ = std::move(json);
  }
}

// The model first and the rest last, as wire/encode.cpp has it.
void TemplateRows::make_frame() {
  before_ = "{";
  after_ = endpoint_ == Endpoint::chat && prompt_ ? "]" : "";
  tail_ = "}";
  for (const auto& field : fields_) {
    std::string text;
    append_json_string(text, field.name);
    text += ':' + field.json;
    if (field.name == "model") {
      before_ += text + ',';
    } else {
      tail_.insert(tail_.size() - 1, ',' + text);
    }
  }
  prompt_name_ = endpoint_ == Endpoint::completions ? "\"prompt\":" : prompt_ ? "\"messages\":[" : "\"messages\":";
}

// Of a table that is put into a template, columns are left over by right: but those that look like a setting.
void TemplateRows::find_unused(const Head& head) {
  for (const auto& name : head.columns) {
    const bool is_field = name == "model" || is_row_field(endpoint_, name);
    const bool is_used = slots_.find(name) && (name != "messages" || !prompt_);
    if (!name.empty() && !is_used && !carried_.has_all() && (row_fields_ || is_field)) unused_.push_back(name);
  }
}

std::string TemplateRows::fill(std::string_view text, Row& row) {
  if (auto fault = columns_->read(text); !fault.empty()) return fault;
  if (auto fault = carried_.fault_of(*columns_); !fault.empty()) return fault;
  row.columns = carried_.of(*columns_);
  row.path = path_of(endpoint_);
  if (auto fault = fill_id(row); !fault.empty()) return fault;
  return prompt_ ? fill_texts(row) : fill_messages(row);
}

std::string TemplateRows::fill_id(Row& row) const {
  const auto& column = (*columns_)[id_slot_];
  if (column.kind == Column::Kind::absent) {
    return needs_id_ ? fmt::format("has no column \"{}\", its custom_id", id_column_) : std::string();
  }
  const bool is_number = column.kind == Column::Kind::json && column.value.find_first_of("{[tf") != 0;
  if (column.kind != Column::Kind::text && !is_number) {
    return fmt::format("the column \"{}\", its custom_id, is neither a text nor a number", id_column_);
  }
  if (column.value.empty()) return fmt::format("the column \"{}\", its custom_id, is empty", id_column_);
  row.custom_id = column.value;
  row.own_id = true;
  return {};
}

// A list of messages would be asked as the text of its JSON.
std::string TemplateRows::fault_of_prompt() const {
  const auto& column = (*columns_)[*prompt_slot_];
  if (column.kind != Column::Kind::json || column.value.find_first_of("{[") != 0) return {};
  return "the column \"prompt\" is no text: a list of messages belongs into the column \"messages\"; --prompt "
         "'{{prompt}}' sends its JSON";
}

std::string TemplateRows::fill_texts(Row& row) {
  if (prompt_slot_) {
    if (auto fault = fault_of_prompt(); !fault.empty()) return fault;
  }
  prompt_text_.clear();
  system_text_.clear();
  if (auto fault = prompt_->append(prompt_text_, *columns_); !fault.empty()) return fault;
  if (system_) {
    if (auto fault = system_->append(system_text_, *columns_); !fault.empty()) return fault;
  }
  row.prompt_bytes = prompt_text_.size() + system_text_.size();
  return fill_body(row);
}

std::string TemplateRows::fill_body(Row& row) const {
  constexpr std::size_t names_and_quotes = 96;
  const auto texts = prompt_text_.size() + system_text_.size();
  row.body.reserve(before_.size() + tail_.size() + names_and_quotes + texts + texts / 16);
  if (auto fault = append_start(row.body); !fault.empty()) return fault;
  if (endpoint_ == Endpoint::completions) {
    append_json_string(row.body, prompt_text_);
  } else {
    if (system_) append_message(row.body, "system", system_text_);
    if (system_) row.body += ',';
    append_message(row.body, "user", prompt_text_);
  }
  return end_body(row.body);
}

std::string TemplateRows::fill_messages(Row& row) {
  const auto& messages = (*columns_)[messages_slot_];
  if (messages.kind == Column::Kind::absent) return "has no column \"messages\"";
  if (messages.kind != Column::Kind::json || messages.value.front() != '[')
    return "the column \"messages\" is not a list";
  const auto list = json_->element("messages");
  if (simdjson::dom::array(list).size() == 0) return "the column \"messages\" is empty";
  row.prompt_bytes = text_bytes(list);
  if (auto fault = append_start(row.body); !fault.empty()) return fault;
  row.body += messages.value;
  return end_body(row.body);
}

std::string TemplateRows::append_start(std::string& body) const {
  body += before_;
  if (has_field(fields_, "model")) {
    body += prompt_name_;
    return {};
  }
  const auto* named = model_slot_ ? &(*columns_)[*model_slot_] : nullptr;
  const bool names_one = named && named->kind != Column::Kind::absent && named->kind != Column::Kind::null;
  if (names_one && named->kind != Column::Kind::text) return "the column \"model\" is not a text";
  const auto model = names_one ? named->value : std::string_view(default_model_);
  if (model.empty()) return "names no model, and none is set (--model)";
  body += "\"model\":";
  append_json_string(body, model);
  body += ',';
  body += prompt_name_;
  return {};
}

std::string TemplateRows::end_body(std::string& body) const {
  body += after_;
  if (stream_slot_) {
    const auto& stream = (*columns_)[*stream_slot_];
    if (stream.kind == Column::Kind::json && stream.value != "false") {
      return "the column \"stream\" is set: a run writes whole answers";
    }
  }
  if (row_fields_) {
    if (auto fault = row_fields_->append(body, *columns_); !fault.empty()) return fault;
  }
  body += tail_;
  return {};
}

}  // namespace headway::job
