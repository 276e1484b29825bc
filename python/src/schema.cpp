#include "schema.hpp"

#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "job/answer/answer_json.hpp"
#include "job/answer/answer_schema.hpp"

namespace headway::python {
namespace {

/// Why `json` does not keep to it, in words that are of use to a model; none: it does.
std::optional<std::string> schema_fault(const job::AnswerSchema& schema, const std::string& json) {
  const auto read = job::read_json(json, false);
  if (!read.value) return read.fault;
  try {
    job::Steps steps;
    return schema.fault_of(*read.value, steps);
  } catch (const job::TooManySteps& error) {
    return error.what();
  }
}

}  // namespace

void bind_schema(nanobind::module_& module) {
  namespace nb = nanobind;
  nb::class_<job::AnswerSchema>(module, "Schema")
      .def("__init__", [](job::AnswerSchema* self, const std::string& json,
                          const std::string& name) { new (self) job::AnswerSchema(json, name); })
      .def("fault_of", schema_fault);
}

}  // namespace headway::python
