#include "internal.h"
#include <CPlatform.h>
#include <stdlib.h>
#include <string.h>

size_t yardstick_record_bytes(uint32_t payload_bytes) {
    return (sizeof(struct yardstick_header) + payload_bytes + 7) & ~(size_t)7;
}

static uint64_t mixed(uint64_t x) { // SplitMix64's finalizer
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

void yardstick_set_sequence(struct yardstick_shape shape, uint64_t sequence, void *record) {
    struct yardstick_header header = {
        .checksum = 0,
        // The upper half of a product: evenly spread without a division.
        .key = (uint32_t)(((mixed(sequence ^ shape.seed) >> 32) * shape.keys) >> 32),
        .sequence = sequence,
    };
    memcpy(record, &header, sizeof header);
}

void yardstick_make_record(struct yardstick_shape shape, uint64_t sequence, void *record) {
    uint8_t *payload = (uint8_t *)record + sizeof(struct yardstick_header);
    size_t count = yardstick_record_bytes(shape.payload_bytes) - sizeof(struct yardstick_header);
    for (size_t i = 0; i < count; i += 8) {
        uint64_t word = mixed(~shape.seed + i);
        memcpy(payload + i, &word, 8);
    }
    yardstick_set_sequence(shape, sequence, record);
}

uint32_t yardstick_checksum(uint32_t before, const void *record, size_t record_bytes) {
    return zb_crc32c(before, (const uint8_t *)record + 4, record_bytes - 4);
}

uint32_t yardstick_chain(struct yardstick_shape shape, uint32_t checksum, uint64_t first, uint64_t last) {
    size_t bytes = yardstick_record_bytes(shape.payload_bytes);
    uint8_t *record = malloc(bytes);
    if (record == NULL) abort();
    yardstick_make_record(shape, first, record);
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        yardstick_set_sequence(shape, sequence, record);
        checksum = yardstick_checksum(checksum, record, bytes);
    }
    free(record);
    return checksum;
}
