#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "job/schema/schema_compiler.hpp"

namespace headway::job {

/// The first rule that the value breaks, and where: "at /items/0/price: minimum: it is less than 1". The path has only names
/// that stand in the schema, others are `*`; nothing else of the value is in it. None: it is valid. Throws TooManySteps.
/// Any number of threads.
std::optional<std::string> fault_by(const CompiledSchema& schema, const boost::json::value& value, Steps& steps);

}  // namespace headway::job
