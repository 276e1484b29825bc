#include "answers.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "job/answer/judge.hpp"

namespace headway::python {
namespace {

/// Python's side of what is told, as `headway` sets it: the classes Answer and Chunk, and errors.make.
struct Makers {
  nb::object answer;
  nb::object chunk;
  nb::object error;
};

// Never destroyed: it is used up to the interpreter's end.
Makers& makers() {
  static auto* const all = new Makers();
  return *all;
}

nb::str text_of(std::string_view utf8) {
  auto* text = PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace");
  if (!text) throw nb::python_error();
  return nb::steal<nb::str>(text);
}

// An instance of `type`, a subclass of str, with what it is about.
nb::object make_text(const nb::object& type, std::string_view utf8, nb::object about) {
  static auto* const name = PyUnicode_InternFromString("_about");
  static const auto new_str = reinterpret_cast<newfunc>(PyType_GetSlot(&PyUnicode_Type, Py_tp_new));
  const auto arguments = nb::make_tuple(text_of(utf8));
  auto* made = new_str(reinterpret_cast<PyTypeObject*>(type.ptr()), arguments.ptr(), nullptr);
  if (!made) throw nb::python_error();
  auto text = nb::steal(made);
  if (PyObject_SetAttr(made, name, about.ptr()) != 0) throw nb::python_error();
  return text;
}

// The text is told once: in the str.
nb::object answer_of(Response response) {
  const auto text = std::exchange(response.choices.front().text, {});
  return make_text(makers().answer, text, nb::cast(std::move(response)));
}

nb::object chunk_of(StreamChunk chunk) {
  const auto text = std::exchange(chunk.text, {});
  return make_text(makers().chunk, text, nb::cast(std::move(chunk)));
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

nb::dict dict_of(const StageTimes& times) {
  nb::dict all;
  all["quota"] = seconds(times.quota);
  all["slot"] = seconds(times.slot);
  all["queued"] = seconds(times.queued);
  all["connect"] = seconds(times.connect);
  all["send"] = seconds(times.send);
  all["first_byte"] = seconds(times.first_byte);
  all["first_token"] = seconds(times.first_token);
  all["body"] = seconds(times.body);
  all["backoff"] = seconds(times.backoff);
  return all;
}

nb::bytes bytes_of(std::string_view bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}

nb::dict dict_of(const ErrorInfo& info) {
  nb::dict all;
  all["kind"] = to_string(info.kind);
  all["message"] = text_of(info.message);
  all["provider_message"] = text_of(info.provider_message);
  all["type"] = text_of(info.provider_type);
  all["code"] = text_of(info.provider_code);
  all["request_id"] = text_of(info.request_id);
  all["endpoint"] = text_of(info.endpoint);
  all["status"] = info.status;
  all["attempts"] = info.attempts;
  all["maybe_billed"] = info.maybe_billed;
  all["times"] = dict_of(info.times);
  all["unusable_body"] = bytes_of(info.body);
  all["usage"] = usage_dict(info.usage);
  all["cost"] = info.cost;
  return all;
}

template <class T>
nb::list choices_of(const T& response) {
  nb::list all;
  for (const auto& choice : response.choices) {
    all.append(nb::make_tuple(text_of(choice.text), text_of(choice.finish_reason), to_string(choice.ending)));
  }
  return all;
}

std::optional<std::string_view> ending_of(const StreamChunk& chunk) {
  if (!chunk.ending) return std::nullopt;
  return to_string(*chunk.ending);
}

nb::object of(Outcome<Response>& outcome) {
  return outcome ? answer_of(*std::move(outcome)) : exception_of(outcome.error());
}

Told tell(Outcome<Response> outcome) {
  const bool failed = !outcome;
  return {of(outcome), failed};
}

Told tell(BatchItem item) {
  return {nb::make_tuple(item.index, of(item.outcome))};
}

Told tell(BatchEnd outcomes) {
  nb::list all;
  nb::object failure = nb::none();
  for (auto& outcome : outcomes) {
    const bool failed = !outcome;
    all.append(of(outcome));
    if (failed && failure.is_none()) failure = all[nb::len(all) - 1];
  }
  return {nb::make_tuple(std::move(all), std::move(failure))};
}

Told tell(StreamChunk chunk) {
  return {chunk_of(std::move(chunk))};
}

Told tell(const RowLetter& letter) {
  const auto& record = letter.record;
  auto row = usage_dict(record.usage);
  row["line"] = text_of(record.text);
  row["failed"] = record.state != job::RowState::done;
  row["kind"] = text_of(record.kind);
  row["verdict"] = job::to_string(record.verdict);
  row["attempts"] = record.attempts;
  row["maybe_billed"] = record.maybe_billed;
  row["cost"] = record.cost_known ? std::optional(record.cost.dollars()) : std::nullopt;
  row["unfinished"] = letter.unfinished;
  row["stop"] = text_of(letter.stop);
  return {nb::make_tuple(letter.index, std::move(row))};
}

nb::object of(Outcome<RawResponse>& outcome) {
  return outcome ? nb::cast(*std::move(outcome)) : exception_of(outcome.error());
}

Told tell(Outcome<RawResponse> outcome) {
  const bool failed = !outcome;
  return {of(outcome), failed};
}

nb::object of(const Outcome<Embedding>& outcome) {
  if (!outcome) return exception_of(outcome.error());
  auto numbers = nb::steal(PyList_New(static_cast<Py_ssize_t>(outcome->size())));
  if (!numbers.is_valid()) throw nb::python_error();
  for (Py_ssize_t i = 0; const float number : *outcome) {
    auto* made = PyFloat_FromDouble(number);
    if (!made) throw nb::python_error();
    PyList_SetItem(numbers.ptr(), i++, made);
  }
  return numbers;
}

Told tell(EmbeddingsEnd outcomes) {
  nb::list all;
  nb::object failure = nb::none();
  for (auto& outcome : outcomes) {
    all.append(of(outcome));
    if (!outcome && failure.is_none()) failure = all[nb::len(all) - 1];
    outcome = Outcome<Embedding>();  // Python's numbers take eight times as much: not both of all
  }
  return {nb::make_tuple(std::move(all), std::move(failure))};
}

Told tell(const call::PassHead& head) {
  nb::list headers;
  for (const auto& [name, value] : head.headers) {
    headers.append(nb::make_tuple(bytes_of(name), bytes_of(value)));
  }
  return {nb::make_tuple(head.status, std::move(headers), head.attempts)};
}

Told tell(const PassBytes& piece) {
  return {bytes_of(piece.bytes)};
}

Told tell(const RetryNotice& notice) {
  return {nb::make_tuple(dict_of(notice.why), seconds(notice.wait), notice.left_out)};
}

Told tell(const CallEndNotice& end) {
  const std::chrono::duration<double> at = end.at.time_since_epoch();
  nb::dict all;
  all["operation"] = text_of(end.operation);
  all["method"] = text_of(end.method);
  all["path"] = text_of(end.path);
  all["provider"] = text_of(end.provider);
  all["model"] = text_of(end.model);
  all["host"] = text_of(end.host);
  all["port"] = end.port;
  all["tag"] = text_of(end.tag);
  all["usage"] = usage_dict(end.usage);
  all["cost"] = end.cost;
  all["attempts"] = end.attempts;
  all["lasted"] = seconds(end.lasted);
  all["at"] = at.count();
  all["error"] = text_of(end.error);
  all["status"] = end.status;
  all["request_id"] = text_of(end.request_id);
  all["left_out"] = end.left_out;
  return {std::move(all)};
}

Told tell(const Error& error) {
  return {exception_of(error), true};
}

Told tell(End end) {
  if (!end.summary) return {nb::none()};
  return {nb::cast(*std::move(end.summary))};
}

template <class T, class Class>
void bind_facts(Class& facts) {
  facts.def_prop_ro("usage", [](const T& self) { return usage_dict(self.usage); })
      .def_prop_ro("service_tier", [](const T& self) { return text_of(self.service_tier); })
      .def_prop_ro("request_id", [](const T& self) { return text_of(self.request_id); })
      .def_ro("cost", &T::cost)
      .def_ro("attempts", &T::attempts)
      .def_prop_ro("times", [](const T& self) { return dict_of(self.times); });
}

}  // namespace

Told told(News news) {
  return std::visit([](auto&& said) { return tell(std::forward<decltype(said)>(said)); }, std::move(news));
}

nb::dict usage_dict(const Usage& usage) {
  nb::dict all;
  all["prompt_tokens"] = usage.prompt_tokens;
  all["completion_tokens"] = usage.completion_tokens;
  all["total_tokens"] = usage.total_tokens;
  all["cached_tokens"] = usage.cached_tokens;
  all["reasoning_tokens"] = usage.reasoning_tokens;
  all["cache_write_tokens"] = usage.cache_write_tokens;
  all["cache_write_1h_tokens"] = usage.cache_write_1h_tokens;
  return all;
}

nb::object exception_of(const Error& error) {
  return makers().error(text_of(error.what()), dict_of(error.info()));
}

void bind_answers(nb::module_& module) {
  nb::class_<Response> response(module, "Response");
  bind_facts<Response>(response);
  response.def_prop_ro("model", [](const Response& self) { return text_of(self.model); })
      .def_prop_ro("raw", [](const Response& self) { return bytes_of(self.raw); })
      .def_prop_ro("translated", [](const Response& self) { return bytes_of(self.translated); })
      .def_prop_ro("choices", choices_of<Response>);

  nb::class_<StreamChunk>(module, "StreamChunk")
      .def_ro("index", &StreamChunk::index)
      .def_prop_ro("finish_reason", [](const StreamChunk& self) { return text_of(self.finish_reason); })
      .def_prop_ro("ending", ending_of)
      .def_prop_ro("usage",
                   [](const StreamChunk& self) -> nb::object {
                     return self.usage ? nb::object(usage_dict(*self.usage)) : nb::none();
                   })
      .def_prop_ro("service_tier", [](const StreamChunk& self) { return text_of(self.service_tier); })
      .def_prop_ro("raw", [](const StreamChunk& self) { return bytes_of(self.raw); })
      .def_prop_ro("translated", [](const StreamChunk& self) { return bytes_of(self.translated); });

  nb::class_<RawResponse> raw(module, "RawResponse");
  bind_facts<RawResponse>(raw);
  raw.def_ro("status", &RawResponse::status)
      .def_prop_ro("content_type", [](const RawResponse& self) { return text_of(self.content_type); })
      .def_prop_ro("body", [](const RawResponse& self) { return bytes_of(self.body); })
      .def_prop_ro("translated", [](const RawResponse& self) { return bytes_of(self.translated); })
      .def_prop_ro("choices", choices_of<RawResponse>);

  nb::class_<StreamSummary> summary(module, "StreamSummary");
  bind_facts<StreamSummary>(summary);

  module.def("set_makers", [](nb::object answer, nb::object chunk, nb::object error) {
    makers() = {std::move(answer), std::move(chunk), std::move(error)};
  });
}

}  // namespace headway::python
