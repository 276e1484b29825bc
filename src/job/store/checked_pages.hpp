#pragma once

#include <cstdint>

namespace headway::job {

/// The name of an SQLite VFS that keeps a checksum in the last bytes of each page, and finds damage when a page is read:
/// SQLite's own checks see a page's form and none of its content. Made at the first call.
///
/// A page whose checksum is 0 was written by another program that knows of none (SQLite leaves these bytes alone, and
/// headway has them 0 in memory), and is taken as it is.
const char* checked_pages();

/// What SQLite must reserve at the end of each page.
inline constexpr int checksum_bytes = 8;
/// The user_version of databases whose pages must have checksums.
inline constexpr std::uint32_t checked_version = 2;
/// For sqlite3_file_control(): how many pages without a checksum were read; the argument is a std::int64_t.
inline constexpr int count_unchecked = 0x48647701;

}  // namespace headway::job
