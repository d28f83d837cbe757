#ifndef CYARDSTICK_H
#define CYARDSTICK_H
// The least work of a durable broadcast: one server of it, its records, and the check of its log. No sessions, no elections,
// no recovery. docs/guides/versus.md says what it leaves out.
#include <stddef.h>
#include <stdint.h>

/// What all processes of one yardstick agree on.
struct yardstick_shape {
    /// Of each write.
    uint32_t payload_bytes;
    /// Writes choose among so many keys, each of which keeps its newest data in the memory of every server.
    uint32_t keys;
    /// Decides the key of each write, and what it holds.
    uint64_t seed;
};

/// Before each payload, in the order of the processor. A record is this long and the payload, filled up to eight bytes.
struct yardstick_header {
    /// CRC-32C of everything behind it, continued from the checksum of the record before.
    uint32_t checksum;
    uint32_t key;
    /// From 1, without a gap.
    uint64_t sequence;
};

/// A client sends this first, and gets eight bytes back: the last sequence that was acknowledged. After that it sends
/// records, and gets the sequence of each that is acknowledged, eight bytes.
#define YARDSTICK_HELLO "YARD"

size_t yardstick_record_bytes(uint32_t payload_bytes);
/// The record of one write without its checksum, which the leader adds. `record` has room for one.
void yardstick_make_record(struct yardstick_shape shape, uint64_t sequence, void *record);
/// Puts another write's header before the same payload.
void yardstick_set_sequence(struct yardstick_shape shape, uint64_t sequence, void *record);
/// The checksum after the records `first` to `last`, if the one before them was `checksum`.
uint32_t yardstick_chain(struct yardstick_shape shape, uint32_t checksum, uint64_t first, uint64_t last);

/// The log of a server is one file that is written before the load and used in place, round and round: so many records.
uint64_t yardstick_log_records(struct yardstick_shape shape);
/// Looks for the records `first` to `last` in a server's log, and counts each one that is whole up in `found[sequence -
/// first]`. `checksum` is that of the record before `first`. Returns 0, or errno.
int yardstick_check_log(const char *path, struct yardstick_shape shape, uint32_t checksum, uint64_t first,
                        uint64_t last, uint8_t *found);

/// One server. Server 1 leads.
struct yardstick_server {
    int id;
    int servers;
    /// Where the leader listens for its followers, on 127.0.0.1.
    int peer_port;
    /// Where this server answers `mntr`, and the leader its client.
    int client_port;
    /// Of its log, which is made anew.
    const char *log_path;
    struct yardstick_shape shape;
    /// Of whom it says that it is in `mntr`.
    const char *version;
};
/// Serves until it is killed, or something fails that it cannot go on after: then it returns what, in words that live as
/// long as the process.
const char *yardstick_serve(const struct yardstick_server *settings);
#endif
