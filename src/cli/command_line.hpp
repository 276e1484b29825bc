#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace headway::cli {

/// A flag, an option or a positional, as `--help` has it.
struct OptionText {
  std::vector<std::string> names;    ///< "-o", "--output"; of a positional its one name, without dashes
  std::string group;                 ///< its heading
  std::string about;                 ///< one sentence, without its full stop
  std::string value;                 ///< what stands for its value, e.g. "FILE"; empty: it takes none
  std::vector<std::string> choices;  ///< the words that it takes; empty: any
  std::vector<std::string> notes;    ///< "Required", "Default: 10", ...
  bool positional = false;
  bool repeated = false;

  bool takes_file() const { return value.find("FILE") != std::string::npos; }
};

/// The program, or one of its commands.
struct CommandText {
  std::string name;
  std::string about;
  std::string footer;
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
};

/// Without what `--help` hides. The name of a program is that of its parser.
CommandText describe(const CLI::App& app);

}  // namespace headway::cli
