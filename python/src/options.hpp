#pragma once

#include <nanobind/nanobind.h>

#include <headway/openai_embeddings.hpp>
#include <headway/options.hpp>

namespace headway::python {

namespace nb = nanobind;

// Keyword arguments into options. Names are those of headway.toml, times are seconds. They throw TypeError for names that
// do not exist and values of the wrong type, and Error (`configuration`) as read_config does.

/// `config`, the path of a headway.toml, is read first; what stands beside it wins.
ClientOptions client_options(const nb::dict& given);
/// Over `defaults`: None for `temperature` or `max_tokens` means that it is not sent.
LanguageModelOptions model_options(LanguageModelOptions defaults, const nb::dict& given);
CallOptions call_options(const nb::dict& given);
RequestOptions request_options(const nb::dict& given);
OpenAIEmbeddingsOptions embeddings_options(const nb::dict& given);
/// An address and a key.
EndpointOptions endpoint_options(const nb::dict& given);

}  // namespace headway::python
