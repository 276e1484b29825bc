#pragma once

#include <string>
#include <vector>

namespace headway::python {

/// The program `headway`, which a wheel has too. Gives the exit status.
int run_program(std::vector<std::string> arguments);

}  // namespace headway::python
