/* Loaded before a program (LD_PRELOAD), makes it meet a disk that fails: DISK_SYNC=N lets N syncs succeed, DISK_SHORT=1 writes
   but half of what it is given. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int is_file(int fd) {
  struct stat facts;
  return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

static size_t part_of(int fd, size_t size) {
  return getenv("DISK_SHORT") && size > 1 && is_file(fd) ? size / 2 : size;
}

static int sync_fails(void) {
  static atomic_long syncs;
  const char* good = getenv("DISK_SYNC");
  if (!good || atomic_fetch_add(&syncs, 1) < atol(good)) return 0;
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
  return sync_fails() ? -1 : REAL(fsync)(fd);
}
int fdatasync(int fd) {
  return sync_fails() ? -1 : REAL(fdatasync)(fd);
}
ssize_t write(int fd, const void* data, size_t size) {
  return REAL(write)(fd, data, part_of(fd, size));
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return REAL(pwrite)(fd, data, part_of(fd, size), at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return REAL(pwrite64)(fd, data, part_of(fd, size), at);
}
