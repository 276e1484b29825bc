#include "model.hpp"

#include <utility>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "options.hpp"

namespace headway::python {
namespace {

template <class Options>
Options of_class(const LanguageModelOptions& options) {
  Options all;
  static_cast<LanguageModelOptions&>(all) = options;
  return all;
}

AnyModel make_model(const LanguageModelOptions& options, const Client& client, bool chat) {
  if (chat) return ChatOpenAI(of_class<ChatOpenAIOptions>(options), client);
  return OpenAI(of_class<OpenAIOptions>(options), client);
}

std::string text_of(nb::handle text) {
  Py_ssize_t size = 0;
  const auto* utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (!utf8) throw nb::python_error();
  return {utf8, static_cast<std::size_t>(size)};
}

}  // namespace

ModelHandle::OnEngine::OnEngine(Engine& engine, const LanguageModelOptions& options, bool chat)
    : loop(engine.loop()), model(make_model(options, engine.client(), chat)) {}

ModelHandle::ModelHandle(bool chat, const std::shared_ptr<EngineHandle>& engine, const nb::dict& given)
    : chat_(chat), options_(model_options(chat ? LanguageModelOptions() : OpenAIOptions(), given)), engine_(engine) {
  here();
}

const AnyModel& ModelHandle::model() {
  return here().model;
}

std::weak_ptr<boost::asio::io_context> ModelHandle::loop() {
  return here().loop;
}

ModelHandle::OnEngine& ModelHandle::here() {
  auto& engine = engine_->engine();
  if (auto* made = made_.get()) return *made;
  return made_.set(std::make_unique<OnEngine>(engine, options_, chat_));
}

Question question_of(nb::handle prompt, const CallSettings* settings) {
  auto options = settings ? settings->options : nullptr;
  if (PyUnicode_Check(prompt.ptr())) return {text_of(prompt), std::move(options)};
  std::vector<Message> messages;
  for (const auto& message : nb::borrow<nb::list>(prompt)) {
    messages.emplace_back(text_of(message[0]), text_of(message[1]));
  }
  return {std::move(messages), std::move(options)};
}

std::vector<Question> questions_of(const nb::list& prompts, const nb::object& settings) {
  const bool of_each = nb::isinstance<nb::list>(settings);
  std::vector<Question> questions;
  questions.reserve(nb::len(prompts));
  for (const auto& prompt : prompts) {
    const nb::object own = of_each ? nb::object(settings[questions.size()]) : settings;
    questions.push_back(question_of(prompt, nb::cast<const CallSettings*>(own)));
  }
  return questions;
}

void bind_model(nb::module_& module) {
  nb::class_<CallSettings>(module, "CallOptions").def("__init__", [](CallSettings* self, const nb::dict& given) {
    new (self) CallSettings{std::make_shared<const CallOptions>(call_options(given))};
  });
  nb::class_<ModelHandle>(module, "Model").def(nb::init<bool, const std::shared_ptr<EngineHandle>&, const nb::dict&>());
}

}  // namespace headway::python
