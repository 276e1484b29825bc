#pragma once

#include <Python.h>
#include <cxxabi.h>
#include <unistd.h>

namespace headway::python {

/// Takes the GIL back. A daemon thread that comes here when the interpreter is ending is ended by CPython, up to 3.13, in
/// a way that C++ functions which must not throw do not survive; it stops here instead, until the process is gone.
inline void take_gil(PyThreadState* state) {
  try {
    PyEval_RestoreThread(state);
  } catch (abi::__forced_unwind&) {
    for (;;) pause();
  }
}

/// Runs `work`, which must not throw and must touch nothing of Python's, while other threads of Python go on.
template <class Work>
void without_gil(Work work) {
  auto* state = PyEval_SaveThread();
  work();
  take_gil(state);
}

}  // namespace headway::python
