/* A machine whose clocks can be set: CLOCK_FILE holds "<seconds added to the wall clock> <seconds added
   to the uptime>", read at every look. A lid closed for 30 s is "30 30": monotonic time stands still.
   cc -shared -fPIC -o clock_shim.so clock_shim.c -ldl; LD_PRELOAD=clock_shim.so program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>

static void offsets(double *wall, double *uptime) {
  static __thread int inside;
  *wall = *uptime = 0;
  const char *path = getenv("CLOCK_FILE");
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
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, time);
  double wall, uptime;
  if (clock == CLOCK_REALTIME) {
    offsets(&wall, &uptime);
    time->tv_sec += (time_t)wall;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*real)(struct timeval *, void *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(time, zone);
  double wall, uptime;
  offsets(&wall, &uptime);
  time->tv_sec += (time_t)wall;
  return result;
}

int sysinfo(struct sysinfo *info) {
  static int (*real)(struct sysinfo *);
  if (real == NULL) real = dlsym(RTLD_NEXT, "sysinfo");
  int result = real(info);
  double wall, uptime;
  offsets(&wall, &uptime);
  info->uptime += (long)uptime;
  return result;
}
