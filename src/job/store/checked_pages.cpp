#include "job/store/checked_pages.hpp"

#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "job/input/hash.hpp"

namespace headway::job {
namespace {

/// A database file: SQLite's own, and what is done to its pages.
struct PageFile {
  sqlite3_file base;
  sqlite3_file* inner;     // stands behind this
  bool checked;            // its pages have checksums
  std::int64_t unchecked;  // pages read, of which that cannot be said
};

sqlite3_vfs* usual_vfs() {
  return sqlite3_vfs_find(nullptr);
}

PageFile& page_file(sqlite3_file* file) {
  return *reinterpret_cast<PageFile*>(file);
}

sqlite3_file* inner_of(sqlite3_file* file) {
  return page_file(file).inner;
}

// Not the file's header alone, which SQLite reads by itself.
bool is_page(int size, sqlite3_int64 offset) {
  return size >= 512 && (size & (size - 1)) == 0 && offset % size == 0;
}

// Pages may not change places either. Never 0.
std::uint64_t checksum_of(const char* page, int size, sqlite3_int64 offset) {
  const std::string_view content(page, static_cast<std::size_t>(size - checksum_bytes));
  const auto sum = hash_of(content, static_cast<std::uint64_t>(offset));
  return sum == 0 ? 1 : sum;
}

// SQLite reads no page that nothing was written to.
bool is_hole(std::string_view page) {
  return page.find_first_not_of('\0') == page.npos;
}

/// Of the file's header: https://www.sqlite.org/fileformat.html#the_database_header
struct Header {
  bool is_database = false;
  int reserved = 0;
  std::uint32_t version = 0;
};

Header header_in(const char* data, int size) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  constexpr int reserved_at = 20, version_at = 60;
  Header header;
  if (size < version_at + 4) return header;
  header.is_database = std::string_view(data, magic.size()) == magic;
  header.reserved = static_cast<unsigned char>(data[reserved_at]);
  for (int i = 0; i < 4; ++i) header.version = header.version << 8 | static_cast<unsigned char>(data[version_at + i]);
  return header;
}

// What is no database is said better by SQLite, and what is another's is none of ours.
int look_at_header(PageFile& file, const char* data, int size) {
  const auto header = header_in(data, size);
  file.checked = header.is_database && header.reserved == checksum_bytes;
  const bool should_be = header.is_database && header.version == checked_version;
  return should_be && !file.checked ? SQLITE_IOERR_DATA : SQLITE_OK;
}

int read_page(sqlite3_file* base, void* data, int size, sqlite3_int64 offset) {
  auto& file = page_file(base);
  int code = file.inner->pMethods->xRead(file.inner, data, size, offset);
  auto* page = static_cast<char*>(data);
  if (code == SQLITE_OK && offset == 0) code = look_at_header(file, page, size);
  // For SQLite a page that ends with the file is one whose rest is zeros.
  if (code == SQLITE_IOERR_SHORT_READ && file.checked && is_page(size, offset)) return SQLITE_IOERR_DATA;
  if (code != SQLITE_OK || !file.checked || !is_page(size, offset)) return code;
  auto* place = page + size - checksum_bytes;
  std::uint64_t kept = 0;
  std::memcpy(&kept, place, checksum_bytes);
  if (kept == 0 && is_hole({page, static_cast<std::size_t>(size)})) return SQLITE_IOERR_DATA;
  if (kept == 0) ++file.unchecked;
  if (kept != 0 && kept != checksum_of(page, size, offset)) return SQLITE_IOERR_DATA;
  std::memset(place, 0, checksum_bytes);
  return SQLITE_OK;
}

int write_page(sqlite3_file* base, const void* data, int size, sqlite3_int64 offset) {
  auto& file = page_file(base);
  const auto* page = static_cast<const char*>(data);
  if (offset == 0) look_at_header(file, page, size);
  if (!file.checked || !is_page(size, offset)) return file.inner->pMethods->xWrite(file.inner, data, size, offset);
  std::string with_sum(page, static_cast<std::size_t>(size));
  const auto sum = checksum_of(page, size, offset);
  std::memcpy(with_sum.data() + size - checksum_bytes, &sum, checksum_bytes);
  return file.inner->pMethods->xWrite(file.inner, with_sum.data(), size, offset);
}

int control(sqlite3_file* base, int operation, void* argument) {
  auto& file = page_file(base);
  if (operation != count_unchecked) return file.inner->pMethods->xFileControl(file.inner, operation, argument);
  *static_cast<std::int64_t*>(argument) = file.unchecked;
  return SQLITE_OK;
}

// The others are SQLite's.
const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods all = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;  // without xFetch, which would go past read_page()
    m.xClose = [](sqlite3_file* f) { return inner_of(f)->pMethods->xClose(inner_of(f)); };
    m.xRead = read_page;
    m.xWrite = write_page;
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      return inner_of(f)->pMethods->xTruncate(inner_of(f), size);
    };
    m.xSync = [](sqlite3_file* f, int flags) { return inner_of(f)->pMethods->xSync(inner_of(f), flags); };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return inner_of(f)->pMethods->xFileSize(inner_of(f), size);
    };
    m.xLock = [](sqlite3_file* f, int lock) { return inner_of(f)->pMethods->xLock(inner_of(f), lock); };
    m.xUnlock = [](sqlite3_file* f, int lock) { return inner_of(f)->pMethods->xUnlock(inner_of(f), lock); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return inner_of(f)->pMethods->xCheckReservedLock(inner_of(f), out);
    };
    m.xFileControl = control;
    m.xSectorSize = [](sqlite3_file* f) { return inner_of(f)->pMethods->xSectorSize(inner_of(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) {
      return inner_of(f)->pMethods->xDeviceCharacteristics(inner_of(f));
    };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return inner_of(f)->pMethods->xShmMap(inner_of(f), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return inner_of(f)->pMethods->xShmLock(inner_of(f), offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { inner_of(f)->pMethods->xShmBarrier(inner_of(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return inner_of(f)->pMethods->xShmUnmap(inner_of(f), remove); };
    return m;
  }();
  return all;
}

// A log has checksums of its own, and a rollback journal too.
int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* usual = usual_vfs();
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return usual->xOpen(usual, name, file, flags, out_flags);
  auto* ours = new (file) PageFile{};
  ours->inner = reinterpret_cast<sqlite3_file*>(ours + 1);
  const int code = usual->xOpen(usual, name, ours->inner, flags, out_flags);
  ours->base.pMethods = ours->inner->pMethods ? &methods() : nullptr;
  return code;
}

sqlite3_vfs* make_vfs() {
  static sqlite3_vfs vfs = *usual_vfs();
  vfs.pNext = nullptr;
  vfs.zName = "headway-checked-pages";
  vfs.szOsFile = static_cast<int>(sizeof(PageFile)) + usual_vfs()->szOsFile;
  vfs.xOpen = open_file;
  sqlite3_vfs_register(&vfs, 0);
  return &vfs;
}

}  // namespace

const char* checked_pages() {
  sqlite3_initialize();
  static const sqlite3_vfs* vfs = make_vfs();
  return vfs->zName;
}

}  // namespace headway::job
