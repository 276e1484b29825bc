#pragma once

#include <memory>
#include <string>

#include "job/input/byte_source.hpp"

namespace headway::job {

/// `text` in `encoding` made UTF-8 by iconv(3). Throws Error (`configuration`) if iconv does not know the encoding;
/// reading throws for bytes that are none of it, and names the line.
std::unique_ptr<ByteSource> utf8_of(std::unique_ptr<ByteSource> text, const std::string& encoding, std::string name);

}  // namespace headway::job
