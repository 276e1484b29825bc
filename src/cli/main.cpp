#include <algorithm>
#include <cstdio>
#include <exception>

#include <headway/error.hpp>
#include <headway/version.hpp>

#include "command.hpp"
#include "process_usage.hpp"

namespace {

int exit_code(const headway::Error& error) {
  return error.kind() == headway::ErrorKind::configuration ? headway::cli::bad_settings : headway::cli::call_failed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Runs very many LLM calls at once, as fast as the provider allows, and loses none.", "headway");
  program.set_version_flag("--version", "headway " HEADWAY_VERSION);
  program.require_subcommand(1);
  program.footer(
      "Environment: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID, HEADWAY_MODEL, "
      "HEADWAY_CONFIG, HTTPS_PROXY, NO_PROXY.\nExit status: 0 done; 1 a call failed; 2 wrong flags or settings, "
      "nothing was sent; 3 a run stopped before its end; 128 + N ended by signal N.");
  headway::cli::add_run(program, {argv + std::min(argc, 2), argv + argc});
  headway::cli::add_status(program);
  headway::cli::add_failures(program);
  headway::cli::add_retry(program);
  headway::cli::add_ask(program);
  headway::cli::add_models(program);
  headway::cli::add_bench(program);
  headway::cli::add_config(program);
  headway::cli::raise_file_limit();
  try {
    program.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? headway::cli::all_done : headway::cli::bad_settings;
  } catch (const headway::Error& error) {
    const auto& message = error.info().message;
    const bool is_list = message.find('\n') != std::string::npos;  // of bad rows; what() is one line
    std::fprintf(stderr, "headway: %s\n", is_list ? message.c_str() : error.what());
    return exit_code(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "headway: %s\n", error.what());
    return headway::cli::call_failed;
  }
  return headway::cli::all_done;
}
