#include "job/store/access.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace headway::job {
namespace {

constexpr mode_t of_group = S_IRWXG | S_ISGID;

std::string attribute(const PosixFile& file, const char* name) {
  const auto size = ::fgetxattr(file.descriptor(), name, nullptr, 0);
  std::string value(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  const auto got = ::fgetxattr(file.descriptor(), name, value.data(), value.size());
  value.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return value;
}

// Labels of the system's own, as SELinux's, come with the folder. Without an ACL that was there more could look in or
// fewer, so that one must be given.
void copy_attributes(const PosixFile& from, const PosixFile& to) {
  const auto size = ::flistxattr(from.descriptor(), nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<std::size_t>(size), '\0');
  const auto got = ::flistxattr(from.descriptor(), names.data(), names.size());
  names.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  for (std::string_view rest = names; !rest.empty(); rest.remove_prefix(rest.find('\0') + 1)) {
    const std::string name(rest.substr(0, rest.find('\0')));
    const auto value = attribute(from, name.c_str());
    const bool given = ::fsetxattr(to.descriptor(), name.c_str(), value.data(), value.size(), 0) == 0;
    if (!given && name == "system.posix_acl_access") throw file_error(to.path(), "cannot be given its ACL", errno);
  }
}

}  // namespace

void give_access_of(const PosixFile& from, const PosixFile& to) {
  struct stat old {};
  if (::fstat(from.descriptor(), &old) != 0) throw file_error(from.path(), "cannot be looked at", errno);
  const bool same_owner = ::fchown(to.descriptor(), old.st_uid, old.st_gid) == 0;
  const bool same_group = same_owner || ::fchown(to.descriptor(), static_cast<uid_t>(-1), old.st_gid) == 0;
  auto mode = old.st_mode & 07777U;
  if (!same_owner) mode &= ~static_cast<mode_t>(S_ISUID);
  if (!same_group) mode &= ~of_group;
  if (::fchmod(to.descriptor(), mode) != 0) throw file_error(to.path(), "cannot be given its mode", errno);
  if (same_group) copy_attributes(from, to);
}

}  // namespace headway::job
