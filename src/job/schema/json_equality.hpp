#pragma once

#include <cstddef>

#include <boost/json/value.hpp>

#include "job/schema/steps.hpp"

namespace headway::job {

/// As JSON Schema has it: 1 and 1.0 are the same number, and the order of an object's fields is none. Throws TooManySteps.
bool are_equal(const boost::json::value& a, const boost::json::value& b, Steps& steps);
/// Whether no two of them are equal. Throws TooManySteps.
bool are_unique(const boost::json::array& items, Steps& steps);
/// Whether it is a number without a fraction: 30.0 is.
bool is_integer(const boost::json::value& value);
double number_of(const boost::json::value& number);

}  // namespace headway::job
