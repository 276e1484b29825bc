#pragma once

#include <nanobind/nanobind.h>

#include <headway/error.hpp>
#include <headway/usage.hpp>

#include "mailbox.hpp"

namespace headway::python {

namespace nb = nanobind;

/// Something for Python: a value, or an exception that is not raised yet.
struct Told {
  nb::object value;
  bool failed = false;
};

/// What a letter says. Of an Outcome: an Answer, or the exception. Of a BatchItem: (index, Answer or exception). Of a
/// BatchEnd: (list of Answers and exceptions, the first of these exceptions or None). Of a StreamChunk: a Chunk. Of a
/// RowLetter: (index, a dict of how the row ended). Of a PassHead: (status, [(name, value)], attempts). Of a RetryNotice:
/// (a dict of the error, seconds that are waited, how many notices were left out before it). Of a CallEndNotice: a dict. Of an End: the stream's summary, or None.
Told told(News news);

/// By the names of Usage.
nb::dict usage_dict(const Usage& usage);

/// The exception for this error, one of headway.errors.
nb::object exception_of(const Error& error);

void bind_answers(nb::module_& module);

}  // namespace headway::python
