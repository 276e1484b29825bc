#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <headway/client.hpp>

#include "command.hpp"
#include "job/report/say.hpp"

namespace headway::cli {
namespace {

struct ModelsFlags {
  EndpointFlags endpoint;
  std::optional<std::chrono::milliseconds> timeout;
};

void list_models(const ModelsFlags& flags) {
  RequestOptions request;
  request.deadline = flags.timeout;
  for (const auto& model : Client(flags.endpoint.client()).models(request)) job::say(stdout, model + '\n');
}

}  // namespace

void add_models(CLI::App& program) {
  auto* command = program.add_subcommand("models", "List the models that the endpoint serves, one a line");
  const auto flags = std::make_shared<ModelsFlags>();
  add_endpoint(*command, flags->endpoint);
  add_timeout(*command, flags->timeout);
  command->callback([flags] { list_models(*flags); });
}

}  // namespace headway::cli
