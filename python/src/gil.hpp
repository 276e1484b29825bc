#pragma once

#include <Python.h>
#include <unistd.h>

namespace headway::python {

/// Takes the GIL back. A daemon thread that comes here when the interpreter is ending is ended by CPython, up to 3.13, in
/// a way that C++ functions which must not throw do not survive; it stops here instead, until the process is gone.
inline void take_gil(PyThreadState* state) {
  try {
    PyEval_RestoreThread(state);
  } catch (...) {  // abi::__forced_unwind; by name, it would be a reference to nothing
    for (;;) pause();
  }
}

/// While it lives, other threads of Python go on, and its own touches nothing of Python's but in hold().
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;
  ~WithoutGil() { take_gil(state_); }

  /// Runs `work`, which must not throw, with the GIL.
  template <class Work>
  void hold(Work work) {
    take_gil(state_);
    work();
    state_ = PyEval_SaveThread();
  }

 private:
  PyThreadState* state_;
};

/// Runs `work`, which must touch nothing of Python's, while other threads of Python go on.
template <class Work>
void without_gil(Work work) {
  const WithoutGil released;
  work();
}

}  // namespace headway::python
