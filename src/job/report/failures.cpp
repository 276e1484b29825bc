#include "job/report/failures.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>
#include <boost/json.hpp>

#include "job/report/advice.hpp"
#include "job/report/human.hpp"
#include "wire/ascii.hpp"
#include "wire/json_fields.hpp"
#include "wire/utf8.hpp"

namespace headway::job {
namespace {

using simdjson::ondemand::value;

constexpr std::size_t most_examples = 3;
constexpr std::size_t longest_id = 80;
constexpr std::size_t longest_shown_message = 200;
constexpr std::size_t most_kinds = 100;

struct Line {
  Line() {}

  FailureGroup group;
  FailureExample example;
  std::string alike;  // what rows of the same group have in common
  bool maybe_billed = false;
};

/// What a line of an errors file says. Only what is looked for must be readable: it may hold a provider's body.
struct Said {
  Said() {}

  std::string kind, verdict, message, provider, id;
  int status = 0;
  std::uint64_t line = 0;
  bool has_error = false;
  bool maybe_billed = false;

  void read(std::string_view name, value v) {
    if (name == "custom_id") id = wire::text_of(v);
    if (name == "line") line = static_cast<std::uint64_t>(std::max<std::int64_t>(0, wire::integer_of(v).value_or(0)));
    if (wire::type_of(v) != simdjson::ondemand::json_type::object) return;
    if (name == "error") has_error = true, wire::each_field(v, [this](auto field, value of) { read_error(field, of); });
    if (name == "response") wire::each_field(v, [this](auto field, value of) { read_response(field, of); });
  }

 private:
  void read_error(std::string_view name, value v) {
    if (name == "code") kind = wire::text_of(v);
    if (name == "verdict") verdict = wire::text_of(v);
    if (name == "message") message = wire::text_of(v);
    if (name == "maybe_billed" && v.get_bool().get(maybe_billed)) maybe_billed = false;
    if (name == "provider_message") provider = wire::text_of(v);
  }
  void read_response(std::string_view name, value v) {
    if (name == "status_code") status = static_cast<int>(wire::integer_of(v).value_or(0));
    if (name != "body" || wire::type_of(v) != simdjson::ondemand::json_type::object) return;
    wire::each_field(v, [this](std::string_view part, value error) {
      if (part != "error" || wire::type_of(error) != simdjson::ondemand::json_type::object) return;
      wire::each_field(error, [this](std::string_view field, value text) {
        if (field == "message" && provider.empty()) provider = wire::text_of(text);
      });
    });
  }
};

// False: it is no line of an errors file.
bool read_line(std::string_view text, Line& line) {
  Said said;
  std::string json;
  json.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  json.assign(text);
  const auto fault = wire::read_fields(json, [&](std::string_view name, value v) { said.read(name, v); });
  if (fault || !said.has_error) return false;
  line.group.kind = wire::printable_line(said.kind, longest_id);
  if (line.group.kind.empty()) return false;
  line.group.verdict = wire::printable_line(said.verdict, longest_id);
  const auto& message = said.provider.empty() ? said.message : said.provider;
  line.group.message = wire::printable_line(message, longest_shown_message);
  line.alike = blurred(message);
  line.group.status = said.status;
  line.example.line = said.line;
  line.example.custom_id = wire::printable_line(said.id, longest_id);
  line.maybe_billed = said.maybe_billed;
  return true;
}

std::string_view advice_of(const FailureGroup& group) {
  return advice_for(group.verdict.empty() ? group.kind : group.verdict);
}

std::string title_of(const FailureGroup& group) {
  auto title = group.verdict.empty() ? group.kind : fmt::format("{} ({})", group.kind, group.verdict);
  if (group.status > 0 && group.verdict.empty()) title += fmt::format(", HTTP {}", group.status);
  return title;
}

std::string text_of(const FailureGroup& group) {
  auto text = fmt::format("{}  {}\n", counted(group.count, "row"), title_of(group));
  if (!group.message.empty()) text += fmt::format("  says   {}\n", group.message);
  std::string examples;
  for (const auto& example : group.examples) {
    examples += fmt::format("{}{} (line {})", examples.empty() ? "" : ", ", example.custom_id, example.line);
  }
  text += fmt::format("  {:<6} {}\n", group.count == 1 ? "row" : "as in", examples);
  if (group.maybe_billed > 0)
    text += fmt::format("  note   {} of them may have been billed\n", grouped(group.maybe_billed));
  return text + fmt::format("  do     {}\n", advice_of(group));
}

}  // namespace

void Failures::add_line(std::string_view text) {
  if (wire::without_blanks(text).empty()) return;
  Line line;
  if (!read_line(text, line)) {
    ++unreadable_;
    return;
  }
  ++rows_;
  auto& group = line.group;
  if (by_kind_.size() < most_kinds || by_kind_.contains(group.kind)) ++by_kind_[group.kind];
  auto key = group.kind + '\n' + group.verdict + '\n' + line.alike;
  auto known = groups_.find(key);
  if (known == groups_.end()) {
    if (groups_.size() >= most_groups) {
      ++in_no_group_;
      return;
    }
    known = groups_.emplace(std::move(key), std::move(group)).first;
  }
  auto& all = known->second;
  ++all.count;
  if (line.maybe_billed) ++all.maybe_billed;
  if (all.examples.size() < most_examples) all.examples.push_back(std::move(line.example));
}

std::vector<FailureGroup> Failures::groups() const {
  std::vector<FailureGroup> groups;
  for (const auto& entry : groups_) groups.push_back(entry.second);
  std::ranges::stable_sort(groups, [](const auto& a, const auto& b) { return a.count > b.count; });
  return groups;
}

std::string Failures::text() const {
  if (rows_ == 0 && unreadable_ == 0) return "no failed rows\n";
  auto text = fmt::format("{} failed, in {}\n", counted(rows_, "row"), counted(groups_.size(), "group"));
  for (const auto& group : groups()) text += "\n" + text_of(group);
  if (in_no_group_ > 0) text += fmt::format("\n{} with other messages\n", counted(in_no_group_, "row"));
  if (unreadable_ > 0) text += fmt::format("\n{} cannot be read\n", counted(unreadable_, "line"));
  return text;
}

std::string Failures::json() const {
  namespace json = boost::json;
  json::array groups;
  for (const auto& group : this->groups()) {
    json::array examples;
    for (const auto& example : group.examples) {
      examples.push_back(json::object{{"custom_id", example.custom_id}, {"line", example.line}});
    }
    groups.push_back(json::object{{"kind", group.kind},
                                  {"verdict", group.verdict.empty() ? json::value() : json::value(group.verdict)},
                                  {"message", group.message},
                                  {"status", group.status},
                                  {"count", group.count},
                                  {"maybe_billed", group.maybe_billed},
                                  {"advice", advice_of(group)},
                                  {"examples", std::move(examples)}});
  }
  return json::serialize(json::object{{"rows", rows_},
                                      {"rows_in_no_group", in_no_group_},
                                      {"unreadable_lines", unreadable_},
                                      {"groups", std::move(groups)}});
}

}  // namespace headway::job
