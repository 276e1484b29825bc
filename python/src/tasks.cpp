#include "tasks.hpp"

#include <utility>

#include "batch.hpp"
#include "call.hpp"
#include "call_ends.hpp"
#include "pass_task.hpp"
#include "request_task.hpp"
#include "stream.hpp"

namespace headway::python {
namespace {

Question tagged(Question question, const std::string& tag) {
  if (tag.empty()) return question;
  auto options = question.options ? *question.options : CallOptions();
  options.tag = tag;
  question.options = std::make_shared<const CallOptions>(std::move(options));
  return question;
}

std::vector<Question> tagged(std::vector<Question> questions, const std::string& tag) {
  for (auto& question : questions) question = tagged(std::move(question), tag);
  return questions;
}

}  // namespace

std::shared_ptr<Task> start_call(ModelHandle& model, Address reader, nb::handle prompt, const CallSettings* settings) {
  auto task = std::make_shared<CallTask>(model.loop(), std::move(reader));
  task->start(model.model(), tagged(question_of(prompt, settings), tag_of_now()));
  return task;
}

std::shared_ptr<Task> start_stream(ModelHandle& model, Address reader, nb::handle prompt,
                                   const CallSettings* settings) {
  auto task = std::make_shared<StreamTask>(model.loop(), std::move(reader));
  task->start(model.model(), tagged(question_of(prompt, settings), tag_of_now()));
  return task;
}

std::shared_ptr<Task> start_batch(ModelHandle& model, Address reader, const nb::list& prompts,
                                  const nb::object& settings, std::size_t limit, bool each) {
  auto task = std::make_shared<BatchTask>(model.loop(), std::move(reader), model.model(),
                                          tagged(questions_of(prompts, settings), tag_of_now()), limit, each);
  task->start();
  return task;
}

std::shared_ptr<Task> start_request(EngineHandle& engine, Address reader, std::string path, std::string body,
                                    RequestOptions options) {
  auto& here = engine.engine();
  options.tag = tag_of_now();
  auto task = std::make_shared<RequestTask>(here.loop(), std::move(reader));
  task->start(here.client(), std::move(path), std::move(body), std::move(options));
  return task;
}

std::shared_ptr<Task> start_pass(Passage& passage, Address reader, call::PassRequest request) {
  auto task = std::make_shared<PassTask>(passage.loop(), std::move(reader));
  request.options.tag = tag_of_now();
  task->start(passage.way(), std::move(request));
  return task;
}

}  // namespace headway::python
