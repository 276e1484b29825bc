#include "program.hpp"

#include <utility>

#include "cli/program.hpp"

namespace headway::python {

int run_program(std::vector<std::string> arguments) {
  return cli::main(std::move(arguments));
}

}  // namespace headway::python
