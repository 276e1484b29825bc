#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <boost/asio/cancellation_signal.hpp>

#include <headway/openai_embeddings.hpp>

#include "engine.hpp"
#include "task.hpp"

namespace headway::python {

namespace nb = nanobind;

/// OpenAIEmbeddings as Python holds it: made anew on the fresh engine after a fork. Guarded by the GIL.
class Embedder {
 public:
  /// `given`: its keyword arguments. Throws Error (`configuration`) and TypeError.
  Embedder(const std::shared_ptr<EngineHandle>& engine, const nb::dict& given);

  /// Starts it; throws Error and TypeError. `texts`: of str.
  std::shared_ptr<Task> start(Address reader, const nb::list& texts, const nb::dict& settings);

 private:
  struct OnEngine {
    OnEngine(Engine& engine, const OpenAIEmbeddingsOptions& options)
        : loop(engine.loop()), embeddings(options, engine.client()) {}

    std::shared_ptr<boost::asio::io_context> loop;  // outlives the client
    OpenAIEmbeddings embeddings;
  };
  OnEngine& here();

  OpenAIEmbeddingsOptions options_;
  std::shared_ptr<EngineHandle> engine_;
  OfThisProcess<OnEngine> made_;
};

/// The embeddings of one list of texts. Its letter is an EmbeddingsEnd.
class EmbedTask final : public Task {
 public:
  using Task::Task;

  /// Once, from any thread.
  void start(OpenAIEmbeddings embeddings, std::vector<std::string> texts, RequestOptions options);

 private:
  void cancel_now() override { stop_.emit(boost::asio::cancellation_type::terminal); }

  boost::asio::cancellation_signal stop_;  // of the loop's thread
};

void bind_embed(nb::module_& module);

}  // namespace headway::python
