#ifndef CYARDSTICK_INTERNAL_H
#define CYARDSTICK_INTERNAL_H
#include "include/CYardstick.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/// Of a record behind its first field.
uint32_t yardstick_checksum(uint32_t before, const void *record, size_t record_bytes);

/// The newest records of a server in the order of their sequence, where they were received: they are checked, logged,
/// sent on and applied from here, and never copied but into the state. Positions are bytes since the first record, and do
/// not wrap.
struct ring {
    uint8_t *bytes;
    size_t record_bytes;
    /// A whole number of records.
    size_t capacity;
    /// Everything before has been received.
    uint64_t received;
};

/// The stretch from position `from` to `to` as at most two pieces. Returns how many.
int ring_pieces(const struct ring *ring, uint64_t from, uint64_t to, struct iovec pieces[2]);
/// Receives what `socket` has into the room that is left if everything before `kept` may be overwritten. Returns the bytes;
/// 0 for none now, -1 at the end of the connection or for an error.
ssize_t ring_receive(struct ring *ring, int socket, uint64_t kept);

/// The log of a server: a thread of its own writes what the loop hands over, as much as there is at a time, and syncs it.
struct log {
    const struct ring *ring;
    int file;
    /// Written to after each sync, for the loop to wake up.
    int wakes;
    /// Of the file: bytes, a whole number of records.
    uint64_t file_bytes;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    /// Everything before is to be written; guarded by the mutex.
    uint64_t wanted;
    /// Everything before is on the disk.
    _Atomic uint64_t durable;
    _Atomic uint64_t syncs;
    _Atomic uint64_t sync_nanoseconds;
    /// What failed; NULL while nothing has.
    const char *_Atomic failure;
    /// Leaves out every so-manieth group, and says that it is durable: a planted bug; 0 for none.
    unsigned skipped_every;
};

/// Makes the file, writes it once through, syncs it, and starts the thread. Returns what failed, or NULL.
const char *log_open(struct log *log, const char *path, const struct ring *ring, uint64_t records);
/// Everything before position `end` is to be on the disk.
void log_write(struct log *log, uint64_t end);
/// `what: why`, by errno, in words that live as long as the process.
const char *failed(const char *what);
#endif
