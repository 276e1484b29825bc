#pragma once

#include <memory>
#include <string>

#include "embed.hpp"
#include "model.hpp"
#include "passage.hpp"
#include "task.hpp"

namespace headway::python {

/// Everything that can be asked of a model, started; its letters go to `reader`. They throw Error and TypeError.
std::shared_ptr<Task> start_call(ModelHandle& model, Address reader, nb::handle prompt, const CallSettings* settings);
std::shared_ptr<Task> start_stream(ModelHandle& model, Address reader, nb::handle prompt, const CallSettings* settings);
std::shared_ptr<Task> start_batch(ModelHandle& model, Address reader, const nb::list& prompts,
                                  const nb::object& settings, std::size_t limit, bool each);

std::shared_ptr<Task> start_request(EngineHandle& engine, Address reader, std::string path, std::string body,
                                    RequestOptions options);
std::shared_ptr<Task> start_pass(Passage& passage, Address reader, call::PassRequest request);

}  // namespace headway::python
