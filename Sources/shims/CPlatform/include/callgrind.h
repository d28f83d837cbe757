#ifndef CPLATFORM_CALLGRIND_H
#define CPLATFORM_CALLGRIND_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif
/// Asks valgrind for something, if this program runs in it. Valgrind knows a request by a sequence of instructions that
/// have no effect on a processor, so anywhere else nothing happens and the result is 0. The sequence and the numbers
/// are valgrind's interface (its manual, "The Client Request mechanism").
static inline uintptr_t zb_valgrind_request(uintptr_t number, uintptr_t argument) {
    uintptr_t request[6] = {number, argument, 0, 0, 0, 0};
#if defined(__x86_64__)
    uintptr_t result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
    return result;
#elif defined(__aarch64__)
    register uintptr_t result __asm__("x3") = 0;
    register uintptr_t *address __asm__("x4") = request;
    __asm__ volatile("ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; ror x12, x12, #61; orr x10, x10, x10"
                     : "+r"(result)
                     : "r"(address)
                     : "cc", "memory");
    return result;
#else
    (void)request;
    return 0;
#endif
}
static inline bool zb_is_under_valgrind(void) { return zb_valgrind_request(0x1001, 0) != 0; }
/// Callgrind begins to look at every instruction; until then it is several times as fast.
static inline void zb_callgrind_begin(void) { (void)zb_valgrind_request(0x43540004, 0); }
static inline void zb_callgrind_end(void) { (void)zb_valgrind_request(0x43540005, 0); }
/// Counts from here on if it did not, and does not if it did. Of the calling thread.
static inline void zb_callgrind_toggle(void) { (void)zb_valgrind_request(0x43540002, 0); }
/// Of the processor that this program runs on, or that valgrind imitates: what libc chooses its copy of a function by.
static inline const char *zb_processor(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? "x86_64 with AVX2" : "x86_64 without AVX2";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return "another processor";
#endif
}
/// Of the C library that is loaded.
static inline const char *zb_libc_version(void) {
#ifdef __GLIBC__
    return gnu_get_libc_version();
#else
    return "unknown";
#endif
}
/// Writes what was counted to a file of its own, which has `name` in its header, and begins at nothing.
static inline void zb_callgrind_dump(const char *name) { (void)zb_valgrind_request(0x43540003, (uintptr_t)name); }
#endif
