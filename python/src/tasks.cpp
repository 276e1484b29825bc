#include "tasks.hpp"

#include <utility>

#include "batch.hpp"
#include "call.hpp"
#include "pass_task.hpp"
#include "request_task.hpp"
#include "stream.hpp"

namespace headway::python {

std::shared_ptr<Task> start_call(ModelHandle& model, Address reader, nb::handle prompt, const CallSettings* settings) {
  auto task = std::make_shared<CallTask>(model.loop(), std::move(reader));
  task->start(model.model(), question_of(prompt, settings));
  return task;
}

std::shared_ptr<Task> start_stream(ModelHandle& model, Address reader, nb::handle prompt,
                                   const CallSettings* settings) {
  auto task = std::make_shared<StreamTask>(model.loop(), std::move(reader));
  task->start(model.model(), question_of(prompt, settings));
  return task;
}

std::shared_ptr<Task> start_batch(ModelHandle& model, Address reader, const nb::list& prompts,
                                  const nb::object& settings, std::size_t limit, bool each) {
  auto task = std::make_shared<BatchTask>(model.loop(), std::move(reader), model.model(),
                                          questions_of(prompts, settings), limit, each);
  task->start();
  return task;
}

std::shared_ptr<Task> start_request(EngineHandle& engine, Address reader, std::string path, std::string body,
                                    RequestOptions options) {
  auto& here = engine.engine();
  auto task = std::make_shared<RequestTask>(here.loop(), std::move(reader));
  task->start(here.client(), std::move(path), std::move(body), std::move(options));
  return task;
}

std::shared_ptr<Task> start_pass(Passage& passage, Address reader, call::PassRequest request) {
  auto task = std::make_shared<PassTask>(passage.loop(), std::move(reader));
  task->start(passage.way(), std::move(request));
  return task;
}

}  // namespace headway::python
