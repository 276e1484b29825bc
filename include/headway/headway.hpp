#pragma once

// All of headway.

#include <headway/as_completed.hpp>
#include <headway/async_stream.hpp>
#include <headway/awaitable.hpp>
#include <headway/azure_chat_openai.hpp>
#include <headway/batch_error.hpp>
#include <headway/call_end.hpp>
#include <headway/chat_anthropic.hpp>
#include <headway/chat_google_generative_ai.hpp>
#include <headway/chat_openai.hpp>
#include <headway/client.hpp>
#include <headway/error.hpp>
#include <headway/gather.hpp>
#include <headway/language_model.hpp>
#include <headway/message.hpp>
#include <headway/openai.hpp>
#include <headway/openai_embeddings.hpp>
#include <headway/options.hpp>
#include <headway/outcome.hpp>
#include <headway/response.hpp>
#include <headway/run.hpp>
#include <headway/stage_times.hpp>
#include <headway/stream.hpp>
#include <headway/stream_chunk.hpp>
#include <headway/thread_pool_executor.hpp>
#include <headway/version.hpp>
