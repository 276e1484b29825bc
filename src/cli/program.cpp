#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>
#include <headway/version.hpp>

#include "command.hpp"
#include "process_usage.hpp"
#include "say.hpp"

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

}  // namespace

int main(std::vector<std::string> arguments) {
  CLI::App program("Runs very many LLM calls at once, as fast as the provider allows, and loses none.", "headway");
  program.set_version_flag("--version", "headway " HEADWAY_VERSION);
  program.require_subcommand(1);
  program.footer(
      "Environment: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID, HEADWAY_MODEL, "
      "HEADWAY_CONFIG, HTTPS_PROXY, NO_PROXY.\nExit status: 0 done; 1 a call failed; 2 wrong flags or settings, "
      "nothing was sent; 3 a run stopped before its end; 128 + N ended by signal N.");
  add_run(program, {arguments.begin() + std::min<std::ptrdiff_t>(std::ssize(arguments), 1), arguments.end()});
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
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants it
    program.parse(std::move(arguments));
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const auto status = program.exit(error, out, err);
    say(stdout, out.str());
    say(stderr, err.str());
    return status == 0 ? all_done : bad_settings;
  } catch (const Error& error) {
    say(stderr, "headway: " + text_of(error) + '\n');
    return exit_code(error);
  } catch (const std::exception& error) {
    say(stderr, fmt::format("headway: {}\n", error.what()));
    return call_failed;
  }
  return all_done;
}

}  // namespace headway::cli
