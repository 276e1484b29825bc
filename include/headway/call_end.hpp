#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <headway/error.hpp>
#include <headway/stage_times.hpp>
#include <headway/usage.hpp>

namespace headway {

/// How one call ended, for metrics, traces and logs; it has neither key nor prompt. What it views is valid while
/// ClientOptions::on_call_end runs.
struct CallEnd {
  CallEnd() {}

  /// By the names of OpenTelemetry's conventions: "chat", "text_completion", "embeddings"; "responses" of OpenAI's API of that
  /// name. Empty: another path's.
  std::string_view operation;
  std::string_view method;    ///< of HTTP
  std::string_view path;      ///< that it went to, without its query
  std::string_view provider;  ///< whose words were spoken: "openai", "anthropic" or "gemini"
  std::string_view model;     ///< its name there; empty: the request names none
  std::string_view host;
  std::uint16_t port = 0;
  std::string_view tag;  ///< RequestOptions::tag
  Usage usage;           ///< as the provider told it
  /// US dollars. Unset: the model has no price, or nothing is known to be charged.
  std::optional<double> cost;
  int attempts = 0;                  ///< 0: it ended before it was sent
  StageTimes times;                  ///< `times.total()`: from its begin to its end
  const ErrorInfo* error = nullptr;  ///< null: it was answered well
};

}  // namespace headway
