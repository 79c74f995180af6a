/* A machine whose clocks can be set and whose disk can fail, for programs that it is preloaded into.
   SLUICE_SHIM_CLOCK names a file with "<seconds added to the wall clock> <seconds added to the uptime>",
   read at every look: a lid closed for 30 s is "30 30", for monotonic time stands still meanwhile.
   While the file that SLUICE_SHIM_DISK names is there, every 40th write, sync or rename below
   SLUICE_HOME fails with EIO; what is below its temporal/ is the server's and is left alone.
   With SLUICE_SHIM_NFS=1, flock() asks of a descriptor what Linux's NFSv4 client asks: a shared lock
   wants one that reads, an exclusive one that writes (fs/nfs/nfs4proc.c, nfs4_proc_lock).
   With SLUICE_SHIM_NFS=none, there are no such locks at all.
   cc -shared -fPIC -o shim.so faulty_machine.c -ldl; LD_PRELOAD=shim.so program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EVERY 40
#define NEXT(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void offsets(double *wall, double *uptime) {
  static __thread int inside;
  *wall = *uptime = 0;
  const char *path = getenv("SLUICE_SHIM_CLOCK");
  if (path == NULL || inside) return;
  inside = 1;
  FILE *file = fopen(path, "r");
  if (file != NULL) {
    if (fscanf(file, "%lf %lf", wall, uptime) < 2) *uptime = 0;
    fclose(file);
  }
  inside = 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  NEXT(clock_gettime);
  int result = real(clock, time);
  double wall, uptime;
  if (clock == CLOCK_REALTIME) {
    offsets(&wall, &uptime);
    time->tv_sec += (time_t)wall;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  NEXT(gettimeofday);
  int result = real(time, zone);
  double wall, uptime;
  offsets(&wall, &uptime);
  time->tv_sec += (time_t)wall;
  return result;
}

int sysinfo(struct sysinfo *info) {
  NEXT(sysinfo);
  int result = real(info);
  double wall, uptime;
  offsets(&wall, &uptime);
  info->uptime += (long)uptime;
  return result;
}

static int fails(const char *path) {
  static atomic_uint asked;
  const char *given = getenv("SLUICE_HOME"), *file = getenv("SLUICE_SHIM_DISK");
  if (given == NULL || file == NULL || access(file, F_OK) != 0) return 0;
  size_t length = strlen(given);
  if (strncmp(path, given, length) != 0 || strncmp(path + length, "/temporal/", 10) == 0) return 0;
  if (atomic_fetch_add(&asked, 1) % EVERY != EVERY - 1) return 0;
  errno = EIO;
  return 1;
}

static int failsAt(int descriptor) {
  if (getenv("SLUICE_SHIM_DISK") == NULL) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(path);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  NEXT(write);
  return failsAt(descriptor) ? -1 : real(descriptor, bytes, count);
}

int fsync(int descriptor) {
  NEXT(fsync);
  return failsAt(descriptor) ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  return failsAt(descriptor) ? -1 : real(descriptor);
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  return fails(to) ? -1 : real(from, to);
}

int flock(int descriptor, int operation) {
  NEXT(flock);
  const char *nfs = getenv("SLUICE_SHIM_NFS");
  if (nfs != NULL && strcmp(nfs, "none") == 0) {
    errno = ENOLCK;
    return -1;
  }
  int mode = fcntl(descriptor, F_GETFL) & O_ACCMODE;
  int fits = operation & LOCK_SH ? mode != O_WRONLY : operation & LOCK_EX ? mode != O_RDONLY : 1;
  if (nfs == NULL || fits) return real(descriptor, operation);
  errno = EBADF;
  return -1;
}
