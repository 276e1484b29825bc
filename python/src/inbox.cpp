#include "inbox.hpp"

#include <utility>

#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <headway/error.hpp>

#include "answers.hpp"
#include "gil.hpp"
#include "options.hpp"

namespace headway::python {
namespace {

[[noreturn]] void raise(const nb::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw nb::python_error();
}

// The one letter of what has one.
nb::object only(Inbox&& inbox) {
  auto letters = inbox.wait();
  auto one = told(std::move(letters.front().news));
  if (one.failed) raise(one.value);
  return one.value;
}

// All that has come, as a list of what was told, whether the last of it was the last of all, and whether that failed.
nb::tuple next_of(Inbox& inbox) {
  nb::list all;
  bool over = false;
  bool failed = false;
  auto letters = inbox.wait();
  for (auto& letter : letters) {
    over = is_last(letter.news);
    auto one = told(std::move(letter.news));
    failed = one.failed;
    all.append(std::move(one.value));
  }
  return nb::make_tuple(std::move(all), over, failed);
}

}  // namespace

std::vector<Letter> Inbox::wait() {
  if (made_after_ != forks()) {
    throw Error(ErrorKind::configuration, "what was asked before a fork is answered in the parent; ask again");
  }
  for (bool came = false; !came;) {
    without_gil([&] { came = mailbox_->wait(); });
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
  stop_if_ending();
  auto letters = mailbox_->take();
  if (is_last(letters.back().news)) task_ = nullptr;
  return letters;
}

void Inbox::taken(std::size_t letters) {
  if (task_) task_->taken(letters);
}

void Inbox::cancel() {
  if (task_ && made_after_ == forks()) task_->cancel();
}

void bind_inbox(nb::module_& module) {
  nb::class_<Inbox>(module, "Inbox").def("next", next_of).def("taken", &Inbox::taken).def("cancel", &Inbox::cancel);
  module.def(
      "invoke",
      [](ModelHandle& model, nb::handle prompt, const CallSettings* settings) {
        return only(Inbox([&](Address reader) { return start_call(model, std::move(reader), prompt, settings); }));
      },
      nb::arg("model"), nb::arg("prompt"), nb::arg("settings").none());
  module.def("embed", [](Embedder& embedder, const nb::list& texts, const nb::dict& settings) {
    return only(Inbox([&](Address reader) { return embedder.start(std::move(reader), texts, settings); }));
  });
  module.def("request", [](EngineHandle& engine, std::string path, std::string body, const nb::dict& settings) {
    return only(Inbox([&](Address reader) {
      return start_request(engine, std::move(reader), std::move(path), std::move(body), request_options(settings));
    }));
  });
  module.def("pass_through", [](Passage& passage, const nb::dict& request) {
    return std::make_unique<Inbox>(
        [&](Address reader) { return start_pass(passage, std::move(reader), pass_request(request)); });
  });
  module.def(
      "batch",
      [](ModelHandle& model, const nb::list& prompts, const nb::object& settings, std::size_t limit) {
        return only(Inbox(
            [&](Address reader) { return start_batch(model, std::move(reader), prompts, settings, limit, false); }));
      },
      nb::arg("model"), nb::arg("prompts"), nb::arg("settings").none(), nb::arg("limit"));
  module.def(
      "batch_each",
      [](ModelHandle& model, const nb::list& prompts, const nb::object& settings, std::size_t limit) {
        return std::make_unique<Inbox>(
            [&](Address reader) { return start_batch(model, std::move(reader), prompts, settings, limit, true); });
      },
      nb::arg("model"), nb::arg("prompts"), nb::arg("settings").none(), nb::arg("limit"));
  module.def(
      "stream",
      [](ModelHandle& model, nb::handle prompt, const CallSettings* settings) {
        return std::make_unique<Inbox>(
            [&](Address reader) { return start_stream(model, std::move(reader), prompt, settings); });
      },
      nb::arg("model"), nb::arg("prompt"), nb::arg("settings").none());
}

}  // namespace headway::python
