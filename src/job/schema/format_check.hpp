#pragma once

#include <string_view>

#include "job/schema/steps.hpp"

namespace headway::job {

/// Whether the text is of the format: date, time, date-time, duration, email, hostname, ipv4, ipv6, uuid, uri, json-pointer or
/// regex. Of any other, everything is, as JSON Schema says of formats that are not known. Throws TooManySteps.
bool is_of_format(std::string_view text, std::string_view format, Steps& steps);

}  // namespace headway::job
