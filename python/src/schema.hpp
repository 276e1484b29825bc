#pragma once

#include <nanobind/nanobind.h>

namespace headway::python {

/// The class Schema: headway's own validator of JSON Schema.
void bind_schema(nanobind::module_& module);

}  // namespace headway::python
