#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/row.hpp"

namespace headway::job {

/// "custom_id,line,COLUMNS...,ANSWER", ANSWER being "text" or another name, as RFC 4180 has it, without a line end. A column whose name is taken is
/// called "input_text".
std::string csv_header(const std::vector<std::string>& columns, std::string_view answer = "text");

/// The same for a row: columns that it does not have are empty, those that are no strings stand there as JSON. What is not
/// UTF-8 is replaced.
std::string csv_record(const Row& row, const std::vector<std::string>& columns, std::string_view text);

}  // namespace headway::job
