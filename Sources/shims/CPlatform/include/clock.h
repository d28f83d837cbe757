#ifndef CPLATFORM_CLOCK_H
#define CPLATFORM_CLOCK_H
#include <stdint.h>
#include <time.h>
// Here because engine and harness both import this module, and no other.
static inline uint64_t zb_nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}
/// CLOCK_MONOTONIC, which all processes of a machine share, and `NIODeadline` too.
static inline uint64_t zb_monotonic_nanoseconds(void) { return zb_nanoseconds(CLOCK_MONOTONIC); }
/// Processor time of the calling thread.
static inline uint64_t zb_thread_nanoseconds(void) { return zb_nanoseconds(CLOCK_THREAD_CPUTIME_ID); }
/// The wall clock, since 1970.
static inline int64_t zb_unix_nanoseconds(void) { return (int64_t)zb_nanoseconds(CLOCK_REALTIME); }
#endif
