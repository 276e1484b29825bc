#include "job/input/row_fields.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "job/input/carried_columns.hpp"

namespace headway::job {
namespace {

/// `forms`: the first letters of what the value may be: [n]umber, [t]ext, [b]oolean, [a]rray, [o]bject.
struct KnownField {
  std::string_view name;
  std::string_view forms;
  bool chat = true;
  bool completions = true;
};

// OpenAI's API reference, and vLLM's further sampling parameters.
constexpr std::array known_fields{
    KnownField{"temperature", "n"},
    KnownField{"top_p", "n"},
    KnownField{"top_k", "n"},
    KnownField{"min_p", "n"},
    KnownField{"max_tokens", "n"},
    KnownField{"max_completion_tokens", "n", true, false},
    KnownField{"min_tokens", "n"},
    KnownField{"presence_penalty", "n"},
    KnownField{"frequency_penalty", "n"},
    KnownField{"repetition_penalty", "n"},
    KnownField{"seed", "n"},
    KnownField{"stop", "ta"},
    KnownField{"stop_token_ids", "a"},
    KnownField{"logit_bias", "o"},
    KnownField{"logprobs", "bn"},
    KnownField{"top_logprobs", "n", true, false},
    KnownField{"response_format", "o"},
    KnownField{"tools", "a", true, false},
    KnownField{"tool_choice", "to", true, false},
    KnownField{"parallel_tool_calls", "b", true, false},
    KnownField{"functions", "a", true, false},
    KnownField{"function_call", "to", true, false},
    KnownField{"reasoning_effort", "t", true, false},
    KnownField{"verbosity", "t", true, false},
    KnownField{"web_search_options", "o", true, false},
    KnownField{"chat_template_kwargs", "o", true, false},
    KnownField{"service_tier", "t"},
    KnownField{"safety_identifier", "t"},
    KnownField{"prompt_cache_key", "t"},
    KnownField{"best_of", "n", false, true},
    KnownField{"echo", "b", false, true},
};

bool is_of(const KnownField& field, Endpoint endpoint) {
  return endpoint == Endpoint::chat ? field.chat : field.completions;
}

char form_of(const Column& column) {
  if (column.kind == Column::Kind::text) return 't';
  switch (column.value.front()) {
    case '[':
      return 'a';
    case '{':
      return 'o';
    case 't':
    case 'f':
      return 'b';
    default:
      return 'n';
  }
}

std::string names_of(std::string_view forms) {
  std::string names;
  for (const char form : forms) {
    if (!names.empty()) names += " or ";
    names += form == 'n'   ? "a number"
             : form == 't' ? "a text"
             : form == 'b' ? "true or false"
             : form == 'a' ? "a list"
                           : "an object";
  }
  return names;
}

}  // namespace

RowFields::RowFields(Endpoint endpoint, const std::vector<BodyField>& set, ColumnSlots& slots) {
  const bool limited = has_field(set, "max_tokens") || has_field(set, "max_completion_tokens");
  for (const auto& field : known_fields) {
    if (!is_of(field, endpoint)) continue;
    const bool is_limit = field.name == "max_tokens" || field.name == "max_completion_tokens";
    fields_.push_back(
        {field.name, field.forms, slots.slot_of(field.name), has_field(set, field.name) || (limited && is_limit)});
  }
}

std::string RowFields::append(std::string& out, const RowColumns& row) const {
  for (const auto& field : fields_) {
    const auto& column = row[field.slot];
    if (field.is_set || column.kind == Column::Kind::absent || column.kind == Column::Kind::null) continue;
    if (field.forms.find(form_of(column)) == std::string_view::npos) {
      return fmt::format("the column \"{}\", a field of the request, is not {}", field.name, names_of(field.forms));
    }
    out += ",\"";
    out += field.name;
    out += "\":";
    append_json(out, column);
  }
  return {};
}

bool is_row_field(Endpoint endpoint, std::string_view name) {
  return std::ranges::any_of(known_fields,
                             [&](const KnownField& field) { return field.name == name && is_of(field, endpoint); });
}

}  // namespace headway::job
