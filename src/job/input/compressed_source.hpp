#pragma once

#include <memory>
#include <string>

#include "job/input/byte_source.hpp"

namespace headway::job {

/// What a gzip file of one or several members holds. Memory: 64 KB and zlib's 40.
std::unique_ptr<ByteSource> gunzipped(std::unique_ptr<ByteSource> packed, std::string name);

/// What a Zstandard file of one or several frames holds. Memory: at the most the 128 MB that a frame may ask for.
std::unique_ptr<ByteSource> unzstd(std::unique_ptr<ByteSource> packed, std::string name);

}  // namespace headway::job
