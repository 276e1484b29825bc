#pragma once

#include <filesystem>

#include <headway/options.hpp>

namespace headway {

/// The options that a headway.toml says: endpoints, their limits, prices and keys, and what a client has besides.
/// docs/configuration.md tells every key of the file. What it does not say has its default; paths in it start from its own
/// folder. Keys of endpoints are taken from the environment variables that it names, now.
///
/// Throws Error (`configuration`), with file and line, for what cannot be read or makes no sense: an unknown key, a value
/// of the wrong type or out of range, an endpoint without a key. A message never shows a value that could be a secret.
///
/// Link `headway::config` for it. Thread safety: while nobody changes the environment, any thread at any time.
ClientOptions read_config(const std::filesystem::path& file);

}  // namespace headway
