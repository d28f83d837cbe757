#define _GNU_SOURCE
#include "internal.h"
#include <CPlatform.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { log_bytes = 64 << 20, chunk_bytes = 1 << 20 };

const char *failed(const char *what) {
    char *words;
    return asprintf(&words, "%s: %s", what, strerror(errno)) < 0 ? what : words;
}

uint64_t yardstick_log_records(struct yardstick_shape shape) {
    uint64_t records = log_bytes / yardstick_record_bytes(shape.payload_bytes);
    return records < 16 ? 16 : records;
}

/// Writes pieces of the ring to their place in the file, which is used round and round.
static bool write_all(struct log *log, uint64_t from, uint64_t to) {
    while (from < to) {
        uint64_t place = from % log->file_bytes;
        uint64_t end = to - from > log->file_bytes - place ? from + log->file_bytes - place : to;
        struct iovec pieces[2];
        int count = ring_pieces(log->ring, from, end, pieces);
        ssize_t written = pwritev(log->file, pieces, count, (off_t)place);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from += (uint64_t)written;
    }
    return true;
}

static void *log_main(void *context) {
    struct log *log = context;
    zb_name_thread("zab-log");
    uint64_t done = 0;
    for (unsigned group = 1;; group++) {
        pthread_mutex_lock(&log->mutex);
        while (log->wanted == done) pthread_cond_wait(&log->work, &log->mutex);
        uint64_t end = log->wanted;
        pthread_mutex_unlock(&log->mutex);
        if (log->skipped_every == 0 || group % log->skipped_every != 0) {
            if (!write_all(log, done, end)) {
                atomic_store(&log->failure, failed("the log cannot be written"));
            } else {
                uint64_t begin = zb_monotonic_nanoseconds();
                if (fdatasync(log->file) != 0) atomic_store(&log->failure, failed("the log cannot be synced"));
                atomic_fetch_add(&log->sync_nanoseconds, zb_monotonic_nanoseconds() - begin);
                atomic_fetch_add(&log->syncs, 1);
            }
        }
        done = end;
        // What was not written or synced is never said to be durable.
        if (atomic_load(&log->failure) == NULL) atomic_store_explicit(&log->durable, done, memory_order_release);
        uint64_t one = 1;
        if (write(log->wakes, &one, sizeof one) < 0 && errno != EAGAIN) abort();
        if (atomic_load(&log->failure) != NULL) return NULL;
    }
}

const char *log_open(struct log *log, const char *path, const struct ring *ring, uint64_t records) {
    log->ring = ring;
    log->file_bytes = records * ring->record_bytes;
    log->file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (log->file < 0) return failed(path);
    uint8_t *zeros = calloc(1, chunk_bytes);
    if (zeros == NULL) return failed(path);
    for (uint64_t at = 0; at < log->file_bytes;) {
        size_t count = log->file_bytes - at < chunk_bytes ? log->file_bytes - at : chunk_bytes;
        ssize_t written = pwrite(log->file, zeros, count, (off_t)at);
        if (written <= 0) return failed(path);
        at += (uint64_t)written;
    }
    free(zeros);
    if (fsync(log->file) != 0) return failed(path);
    log->wakes = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (log->wakes < 0) return failed("eventfd");
    pthread_mutex_init(&log->mutex, NULL);
    pthread_cond_init(&log->work, NULL);
    pthread_t thread;
    errno = pthread_create(&thread, NULL, log_main, log);
    return errno == 0 ? NULL : failed("the log's thread");
}

void log_write(struct log *log, uint64_t end) {
    pthread_mutex_lock(&log->mutex);
    log->wanted = end;
    pthread_cond_signal(&log->work);
    pthread_mutex_unlock(&log->mutex);
}
