/* Loaded before a program (LD_PRELOAD): MACHINE_YEARS=N sets its clock back by so many years, MACHINE_THREADS=N lets it start no
   more than N threads. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long seconds_back(void) {
  const char* years = getenv("MACHINE_YEARS");
  return years ? atol(years) * 365 * 86400 : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int failed = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME) now->tv_sec -= seconds_back();
  return failed;
}
time_t time(time_t* now) {
  const time_t then = REAL(time)(NULL) - seconds_back();
  if (now) *now = then;
  return then;
}
int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*start)(void*), void* argument) {
  static atomic_long threads;
  const char* most = getenv("MACHINE_THREADS");
  if (most && atomic_fetch_add(&threads, 1) >= atol(most)) return EAGAIN;
  return REAL(pthread_create)(thread, how, start, argument);
}
