#include "include/checksum.h"
#include <string.h>

static uint32_t table[256];
__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0x82F63B78u : c >> 1;
        table[i] = c;
    }
}

uint32_t zb_crc32c_portable(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint32_t c = ~seed;
    while (count--) c = table[(c ^ *p++) & 0xFF] ^ (c >> 8);
    return ~c;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t crc_instruction(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint64_t c = (uint32_t)~seed;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        c = _mm_crc32_u64(c, word);
    }
    uint32_t tail = (uint32_t)c;
    while (count--) tail = _mm_crc32_u8(tail, *p++);
    return ~tail;
}
static int has_instruction;
__attribute__((constructor)) static void probe(void) {
    __builtin_cpu_init();
    has_instruction = __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static uint32_t crc_instruction(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint32_t c = ~seed;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        c = __crc32cd(c, word);
    }
    while (count--) c = __crc32cb(c, *p++);
    return ~c;
}
enum { has_instruction = 1 };
#else
enum { has_instruction = 0 };
#define crc_instruction zb_crc32c_portable
#endif

uint32_t zb_crc32c(uint32_t seed, const void *bytes, size_t count) {
    return has_instruction ? crc_instruction(seed, bytes, count) : zb_crc32c_portable(seed, bytes, count);
}
