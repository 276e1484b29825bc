#pragma once

#include <nanobind/nanobind.h>

namespace headway::python {

void bind_client(nanobind::module_& module);

}  // namespace headway::python
