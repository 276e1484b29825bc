#include "job/input/csv_fields.hpp"

#include <fmt/format.h>

namespace headway::job {

std::string CsvFields::split(std::string_view record) {
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(record.size());
  while (true) {
    if (record.starts_with('"')) {
      fields_.push_back(unquote(record));
      if (!record.empty() && record.front() != delimiter_) {
        return fmt::format("field {} goes on behind its closing quote", fields_.size());
      }
    } else {
      fields_.push_back(record.substr(0, record.find(delimiter_)));
      record.remove_prefix(fields_.back().size());
    }
    if (record.empty()) return {};
    record.remove_prefix(1);
  }
}

std::string_view CsvFields::unquote(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto begin = unquoted_.size();
  while (true) {
    const auto quote = rest.find('"');
    const auto piece = rest.substr(0, quote);
    rest.remove_prefix(quote == std::string_view::npos ? rest.size() : quote + 1);
    const bool doubled = rest.starts_with('"');
    if (!doubled && unquoted_.size() == begin) return piece;
    unquoted_ += piece;
    if (!doubled) return std::string_view(unquoted_).substr(begin);
    unquoted_ += '"';
    rest.remove_prefix(1);
  }
}

}  // namespace headway::job
