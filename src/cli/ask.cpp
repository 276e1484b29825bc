#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

#include "base/byte_order_mark.hpp"
#include "command.hpp"
#include "job/report/terminal_text.hpp"
#include "job/run/prepare.hpp"

namespace headway::cli {
namespace {

struct AskFlags {
  std::string prompt;
  EndpointFlags endpoint;
  std::string model;
  std::optional<double> temperature;
  std::optional<int> max_tokens;
  std::optional<std::chrono::milliseconds> timeout;
  int max_wait_s = 20;
  bool completions = false;
  bool json = false;
  bool stream = false;
};

std::string read_standard_input() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  return std::string(without_byte_order_mark(text));
}

template <class Model, class Options>
Model model_of(const AskFlags& flags) {
  Options options;
  options.model = flags.model;
  const Client client(flags.endpoint.client_for(options.model));
  if (flags.temperature) options.temperature = flags.temperature;
  if (flags.max_tokens) options.max_tokens = flags.max_tokens;
  return Model(options, client);
}

// Who has set nothing yet is told first where to get a key or a free model.
[[noreturn]] void refuse_without_model(const AskFlags& flags) {
  job::check_endpoints(flags.endpoint.client());
  throw Error(ErrorKind::configuration,
              "no model: give --model NAME or set HEADWAY_MODEL; 'headway models' lists what is served");
}

// On a terminal an answer can do nothing but stand there; elsewhere it goes out as it came.
void print(const std::string& answer) {
  const auto text = isatty(STDOUT_FILENO) == 1 ? job::terminal_text(answer) : answer;
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0) throw Error(ErrorKind::exception, "the answer cannot be written to standard output");
}

/// Text on standard output that ends with a line end, though the call may fail in the middle.
class Lines {
 public:
  Lines() = default;
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() {
    if (in_a_line_) std::fputc('\n', stdout);
  }

  void add(const std::string& text) {
    if (text.empty()) return;
    in_a_line_ = !text.ends_with('\n');
    any_ = true;
    print(text);
  }
  void end() {
    if (std::exchange(in_a_line_, false) || !any_) print("\n");
  }

 private:
  bool in_a_line_ = false;
  bool any_ = false;
};

// To people, not into the answer: what may look whole is not.
void tell_of_end(Ending ending, std::string reason) {
  if (is_whole(ending)) return;
  const auto what = ending == Ending::length     ? "the answer is cut at the limit of its tokens"
                    : ending == Ending::filtered ? "the provider's filter stopped the answer"
                    : ending == Ending::refused  ? "the model refused to answer"
                                                 : "the answer ended in a way that headway does not know";
  std::erase_if(reason, [](char c) { return c < ' ' || c > '~'; });  // it goes to a terminal
  fmt::print(stderr, "headway: note: {} (finish_reason \"{}\")\n", what, reason);
}

template <class Model>
void ask_model(const AskFlags& flags, const Model& model, const std::string& prompt) {
  CallOptions call;
  call.deadline = flags.timeout;
  call.max_wait = std::chrono::seconds(flags.max_wait_s);
  Lines lines;
  if (!flags.stream) {
    const auto response = model.generate(prompt, call);
    lines.add(flags.json ? response.raw : response.text());
    lines.end();
    tell_of_end(response.choices.front().ending, response.finish_reason());
  } else {
    std::optional<StreamChunk> last;
    for (const auto& chunk : model.stream(prompt, call)) {
      lines.add(flags.json ? chunk.raw + '\n' : chunk.text);
      if (chunk.ending) last = chunk;
    }
    lines.end();
    if (last) tell_of_end(*last->ending, last->finish_reason);
  }
}

void ask(const AskFlags& flags) {
  const auto prompt = flags.prompt == "-" ? read_standard_input() : flags.prompt;
  if (prompt.empty()) throw Error(ErrorKind::configuration, "the prompt is empty");
  if (flags.model.empty() && !flags.completions && flags.endpoint.config.empty()) refuse_without_model(flags);
  if (flags.completions) {
    ask_model(flags, model_of<OpenAI, OpenAIOptions>(flags), prompt);
  } else {
    ask_model(flags, model_of<ChatOpenAI, ChatOpenAIOptions>(flags), prompt);
  }
}

}  // namespace

void add_ask(CLI::App& program) {
  auto* command = program.add_subcommand("ask", "Make one call and print the answer");
  const auto flags = std::make_shared<AskFlags>();
  command->add_option("prompt", flags->prompt, "The prompt; - reads it from standard input")->required();
  add_endpoint(*command, flags->endpoint);
  command->add_option("--model", flags->model, "The model")->envname("HEADWAY_MODEL");
  command->add_option("--max-tokens", flags->max_tokens, "Tokens of the answer at the most")->check(between(1, 1e9));
  command->add_option("--temperature", flags->temperature, "0 to 2 at OpenAI");
  add_timeout(*command, flags->timeout);
  command->add_option("--max-wait", flags->max_wait_s, "Seconds to wait for the provider's limits at the most")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
  command->add_flag("--completions", flags->completions, "Ask /v1/completions instead of /v1/chat/completions");
  command->add_flag("--json", flags->json, "Print the whole answer as the provider sent it");
  command->add_flag("--stream", flags->stream,
                    "Print the answer while it is written; with --json, each event on a line");
  command->callback([flags] { ask(*flags); });
}

}  // namespace headway::cli
