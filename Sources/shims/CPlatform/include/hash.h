#ifndef CPLATFORM_HASH_H
#define CPLATFORM_HASH_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
static inline uint64_t zb_mix(uint64_t a, uint64_t b) {
    __uint128_t p = (__uint128_t)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}
/// Begins to bring the cache line at `address` in, for writing. Any address will do.
static inline void zb_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
/// A fast, unkeyed 64-bit hash of bytes (wyhash's construction: 128-bit multiply and fold).
/// The same on every server and in every run, so that nothing depends on a process's random seed. It is not for
/// tables that an attacker can fill with chosen keys and no bound.
static inline uint64_t zb_hash(const void *bytes, size_t count) {
    const uint64_t k0 = 0xa0761d6478bd642fULL, k1 = 0xe7037ed1a0b428dbULL;
    const uint8_t *p = (const uint8_t *)bytes;
    uint64_t seed = k0 ^ (count * k1), a = 0, b = 0;
    size_t n = count;
    while (n > 16) {
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        seed = zb_mix(a ^ k1, b ^ seed);
        p += 16;
        n -= 16;
    }
    a = b = 0;
    if (n >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + n - 8, 8);
    } else if (n) {
        for (size_t i = 0; i < n; i++) a |= (uint64_t)p[i] << (8 * i);
    }
    return zb_mix(k1 ^ count, zb_mix(a ^ k1, b ^ seed));
}
#endif
