#pragma once

#include <string>
#include <string_view>

namespace headway::config {

/// Whose protocol an endpoint speaks, and where the environment has its address and key.
struct Provider {
  std::string_view name;   ///< as EndpointOptions::provider has it
  std::string_view alias;  ///< LangChain's, where that is another; else empty
  const char* base_url;    ///< empty: it is each customer's own
  const char* base_url_variable;
  const char* key_variable;
  const char* other_key_variable;  ///< looked at after that; null: none
  const char* chat_class;
  const char* key_header = nullptr;  ///< that a key goes out in; null: as its dialect has it
};

/// Empty means "openai". Throws Error (`configuration`) for a name that is none.
const Provider& provider_of(std::string_view name);

/// A model's name may begin with its provider's: "anthropic:claude-haiku-4-5". Takes that off `model`, and gives it; empty:
/// there is none.
std::string_view take_provider(std::string_view& model);

/// The host of a URL, without its port; it need not be a whole URL. For comparing: whoever uses the URL checks the rest of it.
std::string host_of(std::string_view url);

}  // namespace headway::config
