#include "bridge.hpp"

#include <utility>

#include <nanobind/stl/string.h>

#include "answers.hpp"
#include "options.hpp"

namespace headway::python {
namespace {

// A future that was cancelled takes no result; who waits for it has been told.
void tell_future(const nb::object& future, const Told& told) {
  static auto* const set_result = PyUnicode_InternFromString("set_result");
  static auto* const set_exception = PyUnicode_InternFromString("set_exception");
  PyObject* const arguments[] = {future.ptr(), told.value.ptr()};
  auto* done = PyObject_VectorcallMethod(told.failed ? set_exception : set_result, arguments, 2, nullptr);
  if (done) return Py_DECREF(done);
  if (!PyErr_ExceptionMatches(PyExc_Exception)) throw nb::python_error();
  PyErr_Clear();
}

// Who waits must hear something, even where there is no memory for the answer.
Told told_or_why_not(News news) {
  try {
    return told(std::move(news));
  } catch (nb::python_error& error) {
    return {nb::borrow(error.value()), true};
  }
}

}  // namespace

Bridge::Bridge() : made_after_(forks()) {}

Bridge::~Bridge() {
  if (alive()) close();
}

void Bridge::drain() {
  mailbox_->quieten();
  for (auto& letter : mailbox_->take()) tell(std::move(letter));
}

void Bridge::tell(Letter letter) {
  const auto found = pending_.find(letter.number);
  if (found == pending_.end()) return;
  const auto future = found->second.future;
  if (is_last(letter.news)) pending_.erase(found);
  tell_future(future, told_or_why_not(std::move(letter.news)));
}

void Bridge::cancel(std::uint64_t number) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  const auto gone = std::move(found->second);
  pending_.erase(found);
  gone.task->cancel();
}

void Bridge::taken(std::uint64_t number, std::size_t letters) {
  const auto found = pending_.find(number);
  if (found != pending_.end()) found->second.task->taken(letters);
}

void Bridge::close() {
  for (const auto& [number, pending] : std::exchange(pending_, {})) pending.task->cancel();
}

void bind_bridge(nb::module_& module) {
  nb::class_<Bridge>(module, "Bridge", nb::is_weak_referenceable())
      .def(nb::init<>())
      .def("fileno", &Bridge::descriptor)
      .def("alive", &Bridge::alive)
      .def("drain", &Bridge::drain)
      .def("cancel", &Bridge::cancel)
      .def("taken", &Bridge::taken)
      .def("close", &Bridge::close)
      .def(
          "call",
          [](Bridge& self, ModelHandle& model, nb::object future, nb::handle prompt, const CallSettings* settings) {
            return self.begin(std::move(future),
                              [&](Address reader) { return start_call(model, std::move(reader), prompt, settings); });
          },
          nb::arg("model"), nb::arg("future"), nb::arg("prompt"), nb::arg("settings").none())
      .def(
          "stream",
          [](Bridge& self, ModelHandle& model, nb::object future, nb::handle prompt, const CallSettings* settings) {
            return self.begin(std::move(future),
                              [&](Address reader) { return start_stream(model, std::move(reader), prompt, settings); });
          },
          nb::arg("model"), nb::arg("future"), nb::arg("prompt"), nb::arg("settings").none())
      .def("embed",
           [](Bridge& self, Embedder& embedder, nb::object future, const nb::list& texts, const nb::dict& settings) {
             return self.begin(std::move(future),
                               [&](Address reader) { return embedder.start(std::move(reader), texts, settings); });
           })
      .def("request",
           [](Bridge& self, EngineHandle& engine, nb::object future, std::string path, std::string body,
              const nb::dict& settings) {
             return self.begin(std::move(future), [&](Address reader) {
               return start_request(engine, std::move(reader), std::move(path), std::move(body),
                                    request_options(settings));
             });
           })
      .def("pass_through",
           [](Bridge& self, Passage& passage, nb::object future, const nb::dict& request) {
             return self.begin(std::move(future), [&](Address reader) {
               return start_pass(passage, std::move(reader), pass_request(request));
             });
           })
      .def(
          "batch",
          [](Bridge& self, ModelHandle& model, nb::object future, const nb::list& prompts, const nb::object& settings,
             std::size_t limit, bool each) {
            return self.begin(std::move(future), [&](Address reader) {
              return start_batch(model, std::move(reader), prompts, settings, limit, each);
            });
          },
          nb::arg("model"), nb::arg("future"), nb::arg("prompts"), nb::arg("settings").none(), nb::arg("limit"),
          nb::arg("each"));
}

}  // namespace headway::python
