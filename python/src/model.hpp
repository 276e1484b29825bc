#pragma once

#include <memory>
#include <vector>

#include <nanobind/nanobind.h>

#include "engine.hpp"
#include "question.hpp"

namespace headway::python {

namespace nb = nanobind;

/// A model as Python holds it: made anew on the fresh engine after a fork. Guarded by the GIL.
class ModelHandle {
 public:
  /// `given`: the model's keyword arguments. Throws Error (`configuration`) and TypeError.
  ModelHandle(bool chat, const std::shared_ptr<EngineHandle>& engine, const nb::dict& given);

  const AnyModel& model();
  /// Of the engine that model() is on.
  std::weak_ptr<boost::asio::io_context> loop();

 private:
  struct OnEngine {
    OnEngine(Engine& engine, const LanguageModelOptions& options, bool chat);

    std::shared_ptr<boost::asio::io_context> loop;  // outlives the model's client
    AnyModel model;
  };
  OnEngine& here();

  bool chat_;
  LanguageModelOptions options_;
  std::shared_ptr<EngineHandle> engine_;
  OfThisProcess<OnEngine> made_;
};

/// A call's options as Python holds them: the engine's thread shares them, and nothing of Python's with them.
struct CallSettings {
  std::shared_ptr<const CallOptions> options;
};

/// `prompt`: a str, or a list of (role, content). `settings`: null for the model's own.
Question question_of(nb::handle prompt, const CallSettings* settings);
/// A list of such prompts; `settings` for all of them, or a list with those of each.
std::vector<Question> questions_of(const nb::list& prompts, const nb::object& settings);

void bind_model(nb::module_& module);

}  // namespace headway::python
