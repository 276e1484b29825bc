#pragma once

#include <nanobind/nanobind.h>

namespace headway::python {

/// run_file, run_settings and main: the program's own code, in the interpreter's process.
void bind_run_file(nanobind::module_& module);

}  // namespace headway::python
