#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <headway/message.hpp>
#include <headway/options.hpp>

namespace headway::wire {

/// How the answer is to come.
enum class Delivery {
  whole,
  streamed,  ///< asks for events, with the usage in one of them; extra_body can replace "stream" and "stream_options"
};

/// The body of POST /v1/completions: the prompt, what is set in `options`, and its `extra_body` merged over
/// them. Throws Error (`configuration`): a text that is not valid UTF-8 (says where, never what), a
/// temperature that is not finite, an extra_body that is not a JSON object. A field that extra_body replaces
/// is not looked at.
std::string completion_body(std::string_view prompt, const ModelOptions& options, Delivery delivery = Delivery::whole);

/// The body of POST /v1/chat/completions. Throws as completion_body does, and for an empty list of messages.
std::string chat_body(const std::vector<Message>& messages, const ModelOptions& options,
                      Delivery delivery = Delivery::whole);

/// The body with another model: the value of its top-level "model" replaced, or the body as it is where it has none.
/// `body`: a JSON object. Throws Error (`configuration`) if the name is not valid UTF-8.
std::string with_model(const std::string& body, std::string_view model);

/// What `call` sets wins over `defaults`; the fields of both extra_body are joined, those of `call` win.
/// Throws Error (`configuration`) if both have an extra_body and one of them is not a JSON object.
ModelOptions merged(const ModelOptions& defaults, const ModelOptions& call);

}  // namespace headway::wire
