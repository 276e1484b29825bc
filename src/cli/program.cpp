#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>
#include <headway/version.hpp>

#include "base/file_limit.hpp"
#include "command.hpp"
#include "config/nearest_name.hpp"
#include "job/report/say.hpp"

namespace headway::cli {
namespace {

int exit_code(const Error& error) {
  return error.kind() == ErrorKind::configuration ? bad_settings : call_failed;
}

// what() is one line, and a list of bad rows has a line each.
std::string text_of(const Error& error) {
  auto text = error.info().message;
  if (text.find('\n') == text.npos) return error.what();
  std::ranges::replace_if(
      text, [](char c) { return c != '\n' && (static_cast<unsigned char>(c) < ' ' || c == 0x7f); }, ' ');
  return text;
}

/// "headway run [OPTIONS] -o FILE input": options that must be given stand there too.
class UsageLine : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    auto usage = CLI::Formatter::make_usage(app, std::move(name));
    std::string needed;
    for (const auto* option : app->get_options()) {
      if (!option->get_required() || option->get_positional()) continue;
      const auto& shorts = option->get_snames();
      needed += shorts.empty() ? " --" + option->get_lnames().front() : " -" + shorts.front();
      needed += ' ' + option->get_type_name();
    }
    constexpr std::string_view options = "[OPTIONS]";
    const auto place = usage.find(options);
    return place == usage.npos ? usage : usage.insert(place + options.size(), needed);
  }
};

/// What to say of a first word that is no command; empty: it is one.
std::string unknown_command(const CLI::App& program, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-')) return {};
  std::vector<std::string> names;
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == arguments.front()) return {};
    names.push_back(command->get_name());
  }
  const auto meant = config::nearest_name(arguments.front(), names);
  return fmt::format("there is no command '{}'{}; 'headway --help' lists those there are", arguments.front(),
                     meant.empty() ? "" : ": did you mean " + meant + "?");
}

}  // namespace

int main(std::vector<std::string> arguments) {
  CLI::App program("Runs very many LLM calls at once, as fast as the provider allows, and loses none.", "headway");
  program.formatter(std::make_shared<UsageLine>());
  program.set_version_flag("--version", "headway " HEADWAY_VERSION);
  program.require_subcommand(1);
  program.footer(
      "Environment: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID, ANTHROPIC_API_KEY, "
      "ANTHROPIC_BASE_URL, GEMINI_API_KEY, GOOGLE_API_KEY, GOOGLE_GEMINI_BASE_URL, HEADWAY_MODEL, HEADWAY_CONFIG, "
      "HTTPS_PROXY, NO_PROXY.\nExit status: 0 done; 1 a call failed; 2 wrong flags or settings, nothing was sent; 3 a "
      "run stopped before its end; 128 + N ended by signal N.");
  add_run(program);
  add_status(program);
  add_failures(program);
  add_retry(program);
  add_ask(program);
  add_models(program);
  add_bench(program);
  add_config(program);
  add_man(program);
  add_completions(program);
  raise_file_limit();
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond a limit of file sizes fails, as on a full disk
  if (const auto refusal = unknown_command(program, arguments); !refusal.empty()) {
    job::say(stderr, fmt::format("headway: {}\n", refusal));
    return bad_settings;
  }
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants it
    program.parse(std::move(arguments));
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const auto status = program.exit(error, out, err);
    job::say(stdout, out.str());
    job::say(stderr, err.str());
    return status == 0 ? all_done : bad_settings;
  } catch (const Error& error) {
    job::say(stderr, "headway: " + text_of(error) + '\n');
    return exit_code(error);
  } catch (const std::system_error& error) {  // threads are started before anything is sent
    const bool no_thread = error.code() == std::errc::resource_unavailable_try_again;
    job::say(stderr, fmt::format("headway: {}{}\n", no_thread ? "a thread cannot be started: " : "", error.what()));
    return no_thread ? bad_settings : call_failed;
  } catch (const std::exception& error) {
    job::say(stderr, fmt::format("headway: {}\n", error.what()));
    return call_failed;
  }
  return all_done;
}

}  // namespace headway::cli
