#include "job/schema/ecma_expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace headway::job {
namespace {

using NamePair = std::pair<std::string_view, std::string_view>;

// ECMA's long names of what PCRE2 knows by one or two letters (UAX 44, general categories).
constexpr std::array<NamePair, 40> category_names{{{"Letter", "L"},
                                                   {"Cased_Letter", "L&"},
                                                   {"Uppercase_Letter", "Lu"},
                                                   {"Lowercase_Letter", "Ll"},
                                                   {"Titlecase_Letter", "Lt"},
                                                   {"Modifier_Letter", "Lm"},
                                                   {"Other_Letter", "Lo"},
                                                   {"Mark", "M"},
                                                   {"Combining_Mark", "M"},
                                                   {"Nonspacing_Mark", "Mn"},
                                                   {"Spacing_Mark", "Mc"},
                                                   {"Enclosing_Mark", "Me"},
                                                   {"Number", "N"},
                                                   {"Decimal_Number", "Nd"},
                                                   {"digit", "Nd"},
                                                   {"Letter_Number", "Nl"},
                                                   {"Other_Number", "No"},
                                                   {"Punctuation", "P"},
                                                   {"punct", "P"},
                                                   {"Connector_Punctuation", "Pc"},
                                                   {"Dash_Punctuation", "Pd"},
                                                   {"Open_Punctuation", "Ps"},
                                                   {"Close_Punctuation", "Pe"},
                                                   {"Initial_Punctuation", "Pi"},
                                                   {"Final_Punctuation", "Pf"},
                                                   {"Other_Punctuation", "Po"},
                                                   {"Symbol", "S"},
                                                   {"Math_Symbol", "Sm"},
                                                   {"Currency_Symbol", "Sc"},
                                                   {"Modifier_Symbol", "Sk"},
                                                   {"Other_Symbol", "So"},
                                                   {"Separator", "Z"},
                                                   {"Space_Separator", "Zs"},
                                                   {"Line_Separator", "Zl"},
                                                   {"Paragraph_Separator", "Zp"},
                                                   {"Other", "C"},
                                                   {"Control", "Cc"},
                                                   {"Format", "Cf"},
                                                   {"Private_Use", "Co"},
                                                   {"Unassigned", "Cn"}}};

// ECMA 262, 22.2.2.9: white space and line terminators of Unicode.
constexpr std::string_view spaces =
    R"(\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";

[[noreturn]] void refuse_expression(const std::string& why) {
  throw std::invalid_argument(why);
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

class Translation {
 public:
  explicit Translation(std::string_view ecma) : rest_(ecma) {}

  std::string run() {
    while (!rest_.empty()) {
      in_class_ ? in_class() : outside();
    }
    if (in_class_) refuse_expression("a [ without its ]");
    return std::move(out_);
  }

 private:
  void copy(std::size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  void outside() {
    switch (rest_.front()) {
      case '\\':
        return escape();
      case '.':
        out_ += R"([^\n\r\x{2028}\x{2029}])";
        rest_.remove_prefix(1);
        return;
      case '[':
        in_class_ = true;
        return copy(rest_.starts_with("[^") ? 2 : 1);
      case '(':
        return group();
      case '*':
      case '+':
      case '?':
        copy(1);
        return end_quantifier();
      case '{':
        return braces();
      default:
        return copy(1);
    }
  }

  void group() {
    if (rest_.starts_with("(*")) refuse_expression("( is followed by *, which repeats nothing");
    if (!rest_.starts_with("(?")) return copy(1);
    for (const std::string_view known : {"(?:", "(?=", "(?!", "(?<=", "(?<!"}) {
      if (rest_.starts_with(known)) return copy(known.size());
    }
    if (!rest_.starts_with("(?<")) refuse_expression("a group begins with (? and is none of ECMA 262's");
    copy(3);
  }

  void end_quantifier() {
    if (rest_.starts_with('+')) refuse_expression("a quantifier is followed by +");
    if (rest_.starts_with('?')) copy(1);
  }

  void braces() {
    const auto end = rest_.find('}');
    const auto inside = rest_.substr(1, end == rest_.npos ? 0 : end - 1);
    const bool counts = !inside.empty() && inside.front() >= '0' && inside.front() <= '9' &&
                        inside.find_first_not_of("0123456789,") == inside.npos;
    if (!counts) {
      out_ += "\\{";
      rest_.remove_prefix(1);
      return;
    }
    copy(end + 1);
    end_quantifier();
  }

  void in_class() {
    if (rest_.front() == ']') {
      in_class_ = false;
      return copy(1);
    }
    if (rest_.front() == '\\') return escape();
    if (rest_.front() == '[') out_ += '\\';  // or [: would begin a POSIX class
    copy(1);
  }

  void escape() {
    if (rest_.size() < 2) refuse_expression("a \\ at the end");
    const char c = rest_[1];
    switch (c) {
      case 's':
        out_ += in_class_ ? std::string(spaces) : fmt::format("[{}]", spaces);
        return rest_.remove_prefix(2);
      case 'S':
        if (in_class_) return copy(2);
        out_ += fmt::format("[^{}]", spaces);
        return rest_.remove_prefix(2);
      case 'u':
      case 'x':
        return code_point();
      case 'p':
      case 'P':
        return property();
      case 'c':
        if (rest_.size() < 3 || !std::isalpha(static_cast<unsigned char>(rest_[2]))) break;
        return copy(3);
      case 'k':
        if (in_class_ || !rest_.starts_with("\\k<")) break;
        return copy(3);
      case '0':
        if (rest_.size() > 2 && rest_[2] >= '0' && rest_[2] <= '9') break;
        out_ += "\\x{0}";
        return rest_.remove_prefix(2);
      case 'v':
        out_ += "\\x{b}";  // PCRE2's \v is any vertical space
        return rest_.remove_prefix(2);
      case 'b':
        if (!in_class_) return copy(2);
        out_ += "\\x{8}";
        return rest_.remove_prefix(2);
      default: {
        constexpr std::string_view letters = "dDwWBtnrf", in_classes = "dDwWtnrf";
        const bool is_letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
        const bool is_back_reference = c >= '1' && c <= '9' && !in_class_;
        if (!is_letter || is_back_reference || (in_class_ ? in_classes : letters).find(c) != std::string_view::npos) {
          return static_cast<unsigned char>(c) < 0x80 ? copy(2) : rest_.remove_prefix(1);
        }
      }
    }
    refuse_expression(fmt::format("\\{} is no escape of ECMA 262", c));
  }

  std::uint32_t hex_at(std::size_t at, std::size_t digits) const {
    std::uint32_t code = 0;
    if (at + digits > rest_.size() || !std::ranges::all_of(rest_.substr(at, digits), is_hex)) {
      refuse_expression(fmt::format("\\{} without its digits", rest_[1]));
    }
    std::from_chars(rest_.data() + at, rest_.data() + at + digits, code, 16);
    return code;
  }

  void code_point() {
    std::size_t size = 4;
    std::uint32_t code = 0;
    if (rest_[1] == 'x') {
      code = hex_at(2, 2);
    } else if (rest_.size() > 2 && rest_[2] == '{') {
      const auto end = rest_.find('}');
      if (end == rest_.npos || end == 3 || end > 9) refuse_expression("\\u{ without its digits");
      code = hex_at(3, end - 3);
      size = end + 1;
    } else {
      code = hex_at(2, 4);
      size = 6;
      const bool high = code >= 0xD800 && code < 0xDC00;
      if (high && rest_.substr(size).starts_with("\\u") && rest_.size() >= 12) {
        const auto low = hex_at(8, 4);
        if (low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          size = 12;
        }
      }
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) refuse_expression("\\u names no character");
    out_ += fmt::format("\\x{{{:x}}}", code);
    rest_.remove_prefix(size);
  }

  void property() {
    const auto end = rest_.find('}');
    if (rest_.size() < 3 || rest_[2] != '{' || end == rest_.npos) refuse_expression("\\p without {...}");
    auto name = rest_.substr(3, end - 3);
    if (const auto equals = name.find('='); equals != name.npos) {
      const auto kind = name.substr(0, equals);
      name = name.substr(equals + 1);
      if (kind == "Script" || kind == "sc" || kind == "Script_Extensions" || kind == "scx") {
        out_ +=
            fmt::format("\\{}{{{}:{}}}", rest_[1], kind.starts_with("Script_E") || kind == "scx" ? "scx" : "sc", name);
        return rest_.remove_prefix(end + 1);
      }
      if (kind != "General_Category" && kind != "gc") refuse_expression("\\p{...=...} is of no script and no category");
    }
    const auto* const known = std::ranges::find(category_names, name, &NamePair::first);
    out_ += fmt::format("\\{}{{{}}}", rest_[1], known == category_names.end() ? name : known->second);
    rest_.remove_prefix(end + 1);
  }

  std::string_view rest_;
  std::string out_;
  bool in_class_ = false;
};

}  // namespace

std::string pcre2_expression(std::string_view ecma) {
  return Translation(ecma).run();
}

}  // namespace headway::job
