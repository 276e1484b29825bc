#include "embed.hpp"

#include <exception>
#include <utility>

#include <nanobind/stl/shared_ptr.h>
#include <boost/asio/bind_cancellation_slot.hpp>

#include "call_ends.hpp"
#include "options.hpp"

namespace headway::python {
namespace {

std::vector<std::string> texts_of(const nb::list& given) {
  std::vector<std::string> texts;
  texts.reserve(nb::len(given));
  for (const auto& text : given) {
    Py_ssize_t size = 0;
    const auto* utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
    if (!utf8) throw nb::python_error();
    texts.emplace_back(utf8, static_cast<std::size_t>(size));
  }
  return texts;
}

}  // namespace

Embedder::Embedder(const std::shared_ptr<EngineHandle>& engine, const nb::dict& given)
    : options_(embeddings_options(given)), engine_(engine) {
  here();
}

Embedder::OnEngine& Embedder::here() {
  auto& engine = engine_->engine();
  if (auto* made = made_.get()) return *made;
  return made_.set(std::make_unique<OnEngine>(engine, options_));
}

std::shared_ptr<Task> Embedder::start(Address reader, const nb::list& texts, const nb::dict& settings) {
  auto& made = here();
  auto task = std::make_shared<EmbedTask>(made.loop, std::move(reader));
  auto options = request_options(settings);
  options.tag = tag_of_now();
  task->start(made.embeddings, texts_of(texts), std::move(options));
  return task;
}

void EmbedTask::start(OpenAIEmbeddings embeddings, std::vector<std::string> texts, RequestOptions options) {
  on_loop([embeddings = std::move(embeddings), texts = std::move(texts), options = std::move(options)](Task& task) {
    auto& self = static_cast<EmbedTask&>(task);
    auto end = [shared = self.shared_from_this(), &self](const std::exception_ptr& error, EmbeddingsEnd outcomes) {
      error ? self.tell(Error(error)) : self.tell(std::move(outcomes));
    };
    embeddings.async_embed_outcomes(texts, options,
                                    boost::asio::bind_cancellation_slot(self.stop_.slot(), std::move(end)));
  });
}

void bind_embed(nb::module_& module) {
  nb::class_<Embedder>(module, "Embedder").def(nb::init<const std::shared_ptr<EngineHandle>&, const nb::dict&>());
}

}  // namespace headway::python
