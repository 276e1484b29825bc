#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace headway {

/// What a file of settings, a prompt or a schema holds, without a byte order mark. A file or a pipe, of 64 MiB at
/// the most; a device might never end. Throws Error (`configuration`) that says what cannot be read, and why; `what` is put
/// before the file's name there, like "the schema".
std::string read_text_file(const std::filesystem::path& path, std::string_view what = {});

}  // namespace headway
