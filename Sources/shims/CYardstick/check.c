#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int yardstick_check_log(const char *path, struct yardstick_shape shape, uint32_t checksum, uint64_t first,
                        uint64_t last, uint8_t *found) {
    size_t record_bytes = yardstick_record_bytes(shape.payload_bytes);
    uint64_t records = yardstick_log_records(shape);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno;
    uint8_t *expected = malloc(record_bytes), *actual = malloc(record_bytes);
    if (expected == NULL || actual == NULL) abort();
    yardstick_make_record(shape, first, expected);
    int code = 0;
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        yardstick_set_sequence(shape, sequence, expected);
        checksum = yardstick_checksum(checksum, expected, record_bytes);
        memcpy(expected, &checksum, sizeof checksum);
        ssize_t count = pread(file, actual, record_bytes, (off_t)((sequence - 1) % records * record_bytes));
        if (count < 0) {
            code = errno;
            break;
        }
        // A log that ends before is a log without the record.
        if ((size_t)count == record_bytes && memcmp(expected, actual, record_bytes) == 0) found[sequence - first]++;
    }
    free(expected);
    free(actual);
    close(file);
    return code;
}
