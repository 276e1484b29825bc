#include <nanobind/nanobind.h>

#include <headway/error.hpp>
#include <headway/version.hpp>

#include "answers.hpp"
#include "bridge.hpp"
#include "call_ends.hpp"
#include "client.hpp"
#include "embed.hpp"
#include "inbox.hpp"
#include "lease.hpp"
#include "model.hpp"
#include "notices.hpp"
#include "passage.hpp"
#include "rows.hpp"
#include "run_file.hpp"
#include "schema.hpp"

namespace nb = nanobind;

namespace {

// Errors of headway's become exceptions of headway.errors; nanobind has its own for all else.
void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const headway::Error& error) {
    const auto exception = headway::python::exception_of(error);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  }
}

}  // namespace

NB_MODULE(_core, module) {
  nb::set_leak_warnings(false);  // what lives to the interpreter's end is no leak
  nb::register_exception_translator(translate);
  module.attr("version") = HEADWAY_VERSION;
  headway::python::bind_client(module);
  headway::python::bind_lease(module);
  headway::python::bind_model(module);
  headway::python::bind_embed(module);
  headway::python::bind_answers(module);
  headway::python::bind_inbox(module);
  headway::python::bind_notices(module);
  headway::python::bind_call_ends(module);
  headway::python::bind_passage(module);
  headway::python::bind_bridge(module);
  headway::python::bind_rows(module);
  headway::python::bind_run_file(module);
  headway::python::bind_schema(module);
}
