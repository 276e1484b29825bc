#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

#include "command.hpp"

namespace headway::cli {
namespace {

struct AskFlags {
  std::string prompt;
  std::string base_url;
  std::string model;
  std::optional<double> temperature;
  std::optional<int> max_tokens;
  std::optional<std::chrono::milliseconds> timeout;
  bool completions = false;
  bool json = false;
};

std::string read_standard_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

template <class Model, class Options>
Response ask_model(const AskFlags& flags, std::string prompt) {
  Options options;
  options.base_url = flags.base_url;
  options.model = flags.model;
  if (flags.temperature) options.temperature = flags.temperature;
  if (flags.max_tokens) options.max_tokens = flags.max_tokens;
  CallOptions call;
  call.deadline = flags.timeout;
  return Model(options).generate(std::move(prompt), std::move(call));
}

// Who has set nothing yet is told first where to get a key or a free model: making any model checks for these.
[[noreturn]] void refuse_without_model(const AskFlags& flags) {
  OpenAIOptions options;
  options.base_url = flags.base_url;
  const OpenAI endpoint_is_usable(options);
  throw Error(ErrorKind::configuration,
              "no model: give --model NAME or set HEADWAY_MODEL; 'headway models' lists what is served");
}

void print_line(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.ends_with('\n')) std::fputc('\n', stdout);
  if (std::fflush(stdout) != 0) throw Error(ErrorKind::exception, "the answer cannot be written to standard output");
}

void ask(const AskFlags& flags) {
  auto prompt = flags.prompt == "-" ? read_standard_input() : flags.prompt;
  if (prompt.empty()) throw Error(ErrorKind::configuration, "the prompt is empty");
  if (flags.model.empty() && !flags.completions) refuse_without_model(flags);
  const auto response = flags.completions ? ask_model<OpenAI, OpenAIOptions>(flags, std::move(prompt))
                                          : ask_model<ChatOpenAI, ChatOpenAIOptions>(flags, std::move(prompt));
  print_line(flags.json ? response.raw : response.text());
}

}  // namespace

void add_ask(CLI::App& program) {
  auto* command = program.add_subcommand("ask", "Make one call and print the answer");
  const auto flags = std::make_shared<AskFlags>();
  command->add_option("prompt", flags->prompt, "The prompt; - reads it from standard input")->required();
  add_base_url(*command, flags->base_url);
  command->add_option("--model", flags->model, "The model")->envname("HEADWAY_MODEL");
  command->add_option("--max-tokens", flags->max_tokens, "Tokens of the answer at the most");
  command->add_option("--temperature", flags->temperature, "0 to 2 at OpenAI");
  add_timeout(*command, flags->timeout);
  command->add_flag("--completions", flags->completions, "Ask /v1/completions instead of /v1/chat/completions");
  command->add_flag("--json", flags->json, "Print the whole answer as the provider sent it");
  command->callback([flags] { ask(*flags); });
}

}  // namespace headway::cli
