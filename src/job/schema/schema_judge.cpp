#include "job/schema/schema_judge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "job/schema/format_check.hpp"
#include "job/schema/json_equality.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

constexpr int deepest_judged = 1500;  // schemas, one inside the other

std::uint8_t type_of_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return null_type;
    case json::kind::bool_:
      return boolean_type;
    case json::kind::string:
      return string_type;
    case json::kind::array:
      return array_type;
    case json::kind::object:
      return object_type;
    default:
      return is_integer(value) ? integer_type | number_type : number_type;
  }
}

std::string type_names(std::uint8_t types) {
  constexpr std::array<std::string_view, 7> names = {"null",   "boolean", "integer", "number",
                                                     "string", "array",   "object"};
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((types & (1U << i)) == 0) continue;
    text += text.empty() ? "" : " or ";
    text += names[i];
  }
  return text;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_multiple(double value, double of) {
  if (!std::isfinite(value)) return false;
  const double quotient = value / of;
  if (!std::isfinite(quotient)) return std::fmod(value, of) == 0;
  const double whole = std::round(quotient);
  constexpr double rounding = 1e-12;  // 0.0075 / 0.0001 is 75 and a little
  return std::abs(quotient - whole) <= rounding * std::max(1.0, std::abs(whole)) &&
         (std::abs(quotient) >= 1 || whole == quotient);
}

/// What rules have looked at, for "unevaluated...".
struct Looked {
  std::set<std::string_view> properties;
  std::set<std::size_t> items;

  void add(const Looked& other) {
    properties.insert(other.properties.begin(), other.properties.end());
    items.insert(other.items.begin(), other.items.end());
  }
};

using PathStep = std::variant<std::string_view, std::size_t>;

class Judge {
 public:
  Judge(const CompiledSchema& schema, Steps& steps)
      : schema_(schema), steps_(steps), keeps_looked_(schema.has_unevaluated()) {}

  std::optional<std::string> run(const json::value& value) {
    Looked looked;
    if (judge(schema_.root(), value, looked)) return std::nullopt;
    return fault_;
  }

 private:
  /// Deeper by one, as long as it lives.
  class Level {
   public:
    Level(Judge& judge, const Schema& schema) : judge_(judge) {
      judge_.steps_.take();
      if (++judge_.depth_ > deepest_judged) throw TooManySteps();
      judge_.scope_.push_back(schema.resource);
    }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() {
      --judge_.depth_;
      judge_.scope_.pop_back();
    }

   private:
    Judge& judge_;
  };

  bool broken(std::string_view rule, std::string_view why) {
    if (guesses_ == 0 && fault_.empty()) {
      fault_ = fmt::format("at {}: {}{}{}", path_text(), rule, rule.empty() ? "" : ": ", why);
    }
    return false;
  }

  std::string path_text() const {
    std::string text;
    for (const auto& step : path_) {
      text += '/';
      if (const auto* index = std::get_if<std::size_t>(&step)) {
        text += std::to_string(*index);
      } else {
        const auto name = std::get<std::string_view>(step);
        text += schema_.property_names().contains(name) ? name : "*";
      }
    }
    return text.empty() ? "the top" : text;
  }

  /// Whether the value is valid there; that it is not is no fault yet.
  bool guess(const Schema& schema, const json::value& value, Looked& looked) {
    ++guesses_;
    const bool valid = judge(schema, value, looked);
    --guesses_;
    return valid;
  }

  bool inside(PathStep step, const Schema& schema, const json::value& value) {
    Looked looked;
    path_.push_back(step);
    const bool valid = judge(schema, value, looked);
    path_.pop_back();
    return valid;
  }

  /// What a schema has looked at is seen by those around it, and not by those beside it.
  bool judge(const Schema& schema, const json::value& value, Looked& around) {
    if (schema.allows_nothing) return broken("", "the schema allows nothing here");
    const Level level(*this, schema);
    if (!keeps_looked_) return follows(schema, value, around);
    Looked looked;
    const bool valid = follows(schema, value, looked);
    steps_.take(static_cast<std::int64_t>(looked.items.size() + looked.properties.size()));
    around.add(looked);
    return valid;
  }

  bool follows(const Schema& schema, const json::value& value, Looked& looked) {
    return judge_references(schema, value, looked) && judge_any(schema, value) && judge_number(schema, value) &&
           judge_string(schema, value) && judge_array(schema, value, looked) && judge_object(schema, value, looked) &&
           judge_combined(schema, value, looked) && judge_unevaluated(schema, value, looked);
  }

  bool judge_references(const Schema& schema, const json::value& value, Looked& looked) {
    if (schema.reference != nullptr && !judge(*schema.reference, value, looked)) return false;
    if (schema.dynamic_reference == nullptr) return true;
    return judge(dynamic_target(schema), value, looked);
  }

  /// The outermost schema on the way here whose document has such an anchor.
  const Schema& dynamic_target(const Schema& schema) const {
    if (schema.dynamic_name.empty()) return *schema.dynamic_reference;
    for (const auto* resource : scope_) {
      const auto found = resource->dynamic_anchors.find(schema.dynamic_name);
      if (found != resource->dynamic_anchors.end()) return *found->second;
    }
    return *schema.dynamic_reference;
  }

  bool judge_any(const Schema& schema, const json::value& value) {
    if (schema.types != 0 && (schema.types & type_of_value(value)) == 0) {
      return broken("type", fmt::format("it is not {}", type_names(schema.types)));
    }
    if (schema.constant != nullptr && !are_equal(*schema.constant, value, steps_)) {
      return broken("const", "it is not that value");
    }
    if (schema.values == nullptr) return true;
    const auto is_it = [&](const json::value& one) { return are_equal(one, value, steps_); };
    return std::ranges::any_of(*schema.values, is_it) || broken("enum", "it is none of the values");
  }

  bool judge_number(const Schema& schema, const json::value& value) {
    if (!value.is_number()) return true;
    const double number = number_of(value);
    if (schema.minimum && number < *schema.minimum)
      return broken("minimum", fmt::format("less than {}", *schema.minimum));
    if (schema.above && number <= *schema.above) {
      return broken("exclusiveMinimum", fmt::format("not more than {}", *schema.above));
    }
    if (schema.maximum && number > *schema.maximum)
      return broken("maximum", fmt::format("more than {}", *schema.maximum));
    if (schema.below && number >= *schema.below) {
      return broken("exclusiveMaximum", fmt::format("not less than {}", *schema.below));
    }
    if (schema.multiple_of && !is_multiple(number, *schema.multiple_of)) {
      return broken("multipleOf", fmt::format("no multiple of {}", *schema.multiple_of));
    }
    return true;
  }

  bool is_within(const char* least_rule, const Bound& least, const char* most_rule, const Bound& most,
                 std::size_t count) {
    const auto number = static_cast<double>(count);
    if (least && number < *least) return broken(least_rule, fmt::format("fewer than {}", *least));
    if (most && number > *most) return broken(most_rule, fmt::format("more than {}", *most));
    return true;
  }

  bool judge_string(const Schema& schema, const json::value& value) {
    if (!value.is_string()) return true;
    const std::string_view text = value.get_string();
    if (schema.min_length || schema.max_length) {
      steps_.take(static_cast<std::int64_t>(text.size() / 64));
      if (!is_within("minLength", schema.min_length, "maxLength", schema.max_length, characters_in(text))) return false;
    }
    if (schema.pattern && !schema.pattern->is_in(text, steps_)) {
      return broken("pattern", fmt::format("it does not match {}", schema.expression));
    }
    if (!schema.format.empty() && !is_of_format(text, schema.format, steps_)) {
      return broken("format", fmt::format("it is no {}", schema.format));
    }
    return true;
  }

  bool judge_array(const Schema& schema, const json::value& value, Looked& looked) {
    if (!value.is_array()) return true;
    const auto& items = value.get_array();
    if (!is_within("minItems", schema.min_items, "maxItems", schema.max_items, items.size())) return false;
    if (schema.unique_items && !are_unique(items, steps_)) return broken("uniqueItems", "two are the same");
    const auto looked_at = [&](std::size_t index) {
      if (keeps_looked_) looked.items.insert(index);
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto* item = i < schema.prefix.size() ? schema.prefix[i] : schema.items;
      if (item == nullptr) break;
      if (!inside(i, *item, items[i])) return false;
      looked_at(i);
    }
    return judge_contains(schema, items, looked_at);
  }

  template <class LookedAt>
  bool judge_contains(const Schema& schema, const json::array& items, LookedAt looked_at) {
    if (schema.contains == nullptr) return true;
    std::size_t count = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      Looked inner;
      if (!guess(*schema.contains, items[i], inner)) continue;
      ++count;
      looked_at(i);
    }
    const Bound least = schema.min_contains ? schema.min_contains : Bound(1);
    return is_within("contains", least, "maxContains", schema.max_contains, count);
  }

  bool judge_object(const Schema& schema, const json::value& value, Looked& looked) {
    if (!value.is_object()) return true;
    const auto& fields = value.get_object();
    if (!is_within("minProperties", schema.min_properties, "maxProperties", schema.max_properties, fields.size())) {
      return false;
    }
    if (!has_all(schema.required, "required", fields)) return false;
    for (const auto& [name, needed] : schema.required_with) {
      steps_.take();
      if (fields.contains(name) && !has_all(needed, "dependentRequired", fields)) return false;
    }
    for (const auto& [name, other] : schema.schema_with) {
      steps_.take();
      if (fields.contains(name) && !judge(*other, value, looked)) return false;
    }
    return judge_fields(schema, fields, looked);
  }

  bool has_all(const std::vector<std::string>& names, std::string_view rule, const json::object& fields) {
    steps_.take(static_cast<std::int64_t>(names.size()));
    for (const auto& name : names) {
      if (!fields.contains(name)) return broken(rule, fmt::format("there is no \"{}\"", name));
    }
    return true;
  }

  bool judge_fields(const Schema& schema, const json::object& fields, Looked& looked) {
    const bool any =
        !schema.properties.empty() || !schema.pattern_properties.empty() || schema.additional || schema.names;
    if (!any) return true;
    for (const auto& field : fields) {
      const std::string_view name = field.key();
      if (schema.names != nullptr && !judge_name(*schema.names, name)) return false;
      bool known = false;
      if (const auto found = schema.properties.find(name); found != schema.properties.end()) {
        known = true;
        if (!inside(name, *found->second, field.value())) return false;
      }
      for (const auto& [pattern, other] : schema.pattern_properties) {
        if (!pattern.is_in(name, steps_)) continue;
        known = true;
        if (!inside(name, *other, field.value())) return false;
      }
      if (!known && schema.additional != nullptr) {
        known = true;
        if (schema.additional->allows_nothing)
          return broken("additionalProperties", "there is one that is not allowed");
        if (!inside(name, *schema.additional, field.value())) return false;
      }
      if (known && keeps_looked_) looked.properties.insert(name);
      steps_.take();
    }
    return true;
  }

  bool judge_name(const Schema& schema, std::string_view name) {
    Looked looked;
    const json::value text(name);
    return guess(schema, text, looked) || broken("propertyNames", "there is one that is not allowed");
  }

  bool judge_combined(const Schema& schema, const json::value& value, Looked& looked) {
    for (const auto* other : schema.all_of) {
      if (!judge(*other, value, looked)) return false;
    }
    return judge_choices(schema, value, looked) && judge_condition(schema, value, looked);
  }

  bool judge_choices(const Schema& schema, const json::value& value, Looked& looked) {
    if (!schema.any_of.empty() && fitting(schema.any_of, value, looked, !keeps_looked_) == 0) {
      return broken("anyOf", "it is as none of them says");
    }
    if (!schema.one_of.empty()) {
      const auto count = fitting(schema.one_of, value, looked, false);
      if (count != 1) return broken("oneOf", count == 0 ? "it is as none of them says" : "it is as more than one says");
    }
    if (schema.no == nullptr) return true;
    Looked inner;
    return !guess(*schema.no, value, inner) || broken("not", "it is as it must not be");
  }

  std::size_t fitting(const std::vector<const Schema*>& schemas, const json::value& value, Looked& looked,
                      bool one_will_do) {
    std::size_t count = 0;
    for (const auto* other : schemas) {
      Looked inner;
      if (!guess(*other, value, inner)) continue;
      ++count;
      looked.add(inner);
      if (one_will_do) break;
    }
    return count;
  }

  bool judge_condition(const Schema& schema, const json::value& value, Looked& looked) {
    if (schema.condition == nullptr) return true;
    Looked inner;
    const bool holds = guess(*schema.condition, value, inner);
    if (holds) looked.add(inner);
    const auto* next = holds ? schema.then : schema.otherwise;
    return next == nullptr || judge(*next, value, looked);
  }

  bool judge_unevaluated(const Schema& schema, const json::value& value, Looked& looked) {
    if (schema.unevaluated_items != nullptr && value.is_array()) {
      const auto& items = value.get_array();
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (looked.items.insert(i).second && !inside(i, *schema.unevaluated_items, items[i])) return false;
      }
    }
    if (schema.unevaluated_properties != nullptr && value.is_object()) {
      for (const auto& field : value.get_object()) {
        const std::string_view name = field.key();
        const bool is_new = looked.properties.insert(name).second;
        if (is_new && !inside(name, *schema.unevaluated_properties, field.value())) return false;
      }
    }
    return true;
  }

  const CompiledSchema& schema_;
  Steps& steps_;
  bool keeps_looked_;
  int depth_ = 0;
  int guesses_ = 0;
  std::string fault_;
  std::vector<PathStep> path_;
  std::vector<const SchemaResource*> scope_;
};

}  // namespace

std::optional<std::string> fault_by(const CompiledSchema& schema, const json::value& value, Steps& steps) {
  return Judge(schema, steps).run(value);
}

}  // namespace headway::job
