#include <cstdio>
#include <memory>
#include <string>

#include <headway/client.hpp>

#include "command.hpp"

namespace headway::cli {

void add_models(CLI::App& program) {
  auto* command = program.add_subcommand("models", "List the models that the endpoint serves, one a line");
  const auto base_url = std::make_shared<std::string>();
  add_base_url(*command, *base_url);
  command->callback([base_url] {
    ClientOptions options;
    options.base_url = *base_url;
    for (const auto& model : Client(options).models()) std::puts(model.c_str());
  });
}

}  // namespace headway::cli
