#ifndef CYARDSTICK_SERVER_H
#define CYARDSTICK_SERVER_H
#include "internal.h"

enum { servers_max = 16, questions_max = 16, reply_records = 4096 };

/// A connection of which nobody knows yet whose it is.
struct caller {
    int socket;
    char word[4];
    int count;
};

/// On the leader: one follower. Positions are bytes, as the ring's.
struct follower {
    int socket;
    /// Everything before was sent to it.
    uint64_t sent;
    /// Everything before is on its disk.
    uint64_t durable;
    /// A part of an answer that has not come whole.
    uint8_t part[8];
    size_t part_bytes;
};

struct server {
    const struct yardstick_server *settings;
    size_t record_bytes;
    struct ring ring;
    struct log log;
    /// Everything before was checked and handed to the log.
    uint64_t checked;
    /// Everything before is on the disks of a quorum, and in the state; on a follower, in the state.
    uint64_t applied;
    /// Of the last record checked.
    uint32_t checksum;
    /// For each key the sequence that wrote it last, and its data.
    uint8_t *state;
    size_t state_bytes;
    /// Listening at the port for clients and questions.
    int door;
    struct caller callers[questions_max];
    int caller_count;
    uint64_t bytes_in, bytes_out, messages_in;

    // The leader's.
    int peer_door;
    struct follower followers[servers_max];
    int follower_count;
    /// -1 for none.
    int client;
    bool is_client_greeted;
    /// Bytes of answers to the client, eight for each sequence from 1.
    uint64_t replied;

    // A follower's.
    int leader;
    /// What the leader was told last.
    uint64_t told;
};

/// The parts of a server that both kinds have. Each returns what failed, or NULL.
const char *server_open(struct server *server, const struct yardstick_server *settings);
/// Continues the checksums of the records received, hands them to the log; on a follower, compares them.
const char *server_check(struct server *server);
/// Puts the records up to position `end` into the state.
void server_apply(struct server *server, uint64_t end);
/// Takes in who calls at the door, and answers who has asked; a client is returned, -1 where there is none.
int server_answer(struct server *server);
/// Listening on 127.0.0.1; -1 with errno.
int listening(int port);
void make_ready(int socket);
const char *lead(struct server *server);
const char *follow(struct server *server);
#endif
