#pragma once

#include <filesystem>
#include <string>

#include <headway/options.hpp>

#include "config/toml_file.hpp"

namespace headway::config {

/// What the rest of the file says of every endpoint.
struct FileDefaults {
  std::string prices;        ///< the price file of endpoints without one of their own; empty: none
  bool cost_capped = false;  ///< then a model without a price is an error
};

/// Reads an [[endpoints]] table. Throws Error (`configuration`) with file and line.
RouteOptions read_endpoint(const std::filesystem::path& file, const TomlTable& table, const FileDefaults& defaults);

}  // namespace headway::config
