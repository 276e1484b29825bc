#include "command.hpp"

#include <cmath>

#include <fmt/format.h>

#include <headway/config.hpp>

#include "job/run/run_file.hpp"

namespace headway::cli {
namespace {

constexpr double longest_timeout = 1'000'000;  // seconds, 11 days

// Never 0 ms, which would be no time at all.
std::chrono::milliseconds timeout_of(double seconds) {
  const bool usable = seconds > 0 && seconds <= longest_timeout;  // "nan" is a number to the parser
  if (!usable) throw CLI::ValidationError("--timeout", "the seconds must be more than 0 and at most 1000000");
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::ceil(seconds * 1000)));
}

}  // namespace

ClientOptions EndpointFlags::client() const {
  auto options = config.empty() ? ClientOptions() : read_config(config);
  if (!base_url.empty()) options.base_url = base_url;
  return options;
}

ClientOptions EndpointFlags::client_for(std::string& model) const {
  auto options = client();
  job::take_provider(model, options, config);
  return options;
}

CLI::Validator between(double least, double most) {
  const auto check = [least, most](const std::string& text) {
    double value = 0;
    const bool usable = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
    return usable ? std::string() : fmt::format("{} is not a number from {} to {}", text, least, most);
  };
  return CLI::Validator(check, fmt::format("{} to {}", least, most));
}

void add_endpoint(CLI::App& command, EndpointFlags& target) {
  auto* url = command.add_option("--base-url", target.base_url,
                                 "The endpoint, e.g. http://127.0.0.1:8080/v1 (default: OPENAI_BASE_URL)");
  command.add_option("--config", target.config, "A headway.toml that says the endpoints")
      ->type_name("FILE")
      ->excludes(url);
}

void add_look(CLI::App& command, LookFlags& target) {
  command.add_option("output", target.output, "The run's output, e.g. results.jsonl")->type_name("FILE")->required();
  command.add_flag("--json", target.json, "As one JSON object");
}

void add_timeout(CLI::App& command, std::optional<std::chrono::milliseconds>& target) {
  const auto keep = [&target](double seconds) { target = timeout_of(seconds); };
  command.add_option_function<double>("--timeout", keep, "Give up after so many seconds, retries included, e.g. 2.5")
      ->type_name("SECONDS");
}

}  // namespace headway::cli
