#pragma once

#include <string>
#include <vector>

namespace headway::cli {

/// The program `headway`, with the arguments after its name. Gives the exit status. Writes to standard output and standard
/// error; ends no process. Commands that may be stopped half-way take SIGINT and SIGTERM over until they end.
int main(std::vector<std::string> arguments);

}  // namespace headway::cli
