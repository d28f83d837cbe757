#define _GNU_SOURCE
#include "server.h"
#include <CPlatform.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ring_bytes = 8 << 20, ring_records_min = 16 };

int listening(int port) {
    int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
    if (socket_ < 0) return -1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_bound = bind(socket_, (struct sockaddr *)&address, sizeof address) == 0 && listen(socket_, 64) == 0;
    return is_bound ? socket_ : -1;
}

void make_ready(int socket_) {
    int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

const char *server_open(struct server *server, const struct yardstick_server *settings) {
    server->settings = settings;
    size_t record_bytes = yardstick_record_bytes(settings->shape.payload_bytes);
    server->record_bytes = record_bytes;
    size_t records = ring_bytes / record_bytes;
    if (records < ring_records_min) records = ring_records_min;
    server->ring = (struct ring){.record_bytes = record_bytes, .capacity = records * record_bytes};
    server->ring.bytes = malloc(server->ring.capacity);
    // As others keep what is read of a key: where it was written last, and the data.
    server->state_bytes = sizeof(uint64_t) + record_bytes - sizeof(struct yardstick_header);
    server->state = calloc(settings->shape.keys, server->state_bytes);
    if (server->ring.bytes == NULL || server->state == NULL) return failed("memory for the keys");
    server->client = server->leader = -1;
    server->door = listening(settings->client_port);
    if (server->door < 0) return failed("the client port");
#ifdef PLANTED_BUGS
    if (getenv("ZABBENCH_YARDSTICK_BUG") != NULL) server->log.skipped_every = 8;
#endif
    return log_open(&server->log, settings->log_path, &server->ring, yardstick_log_records(settings->shape));
}

const char *server_check(struct server *server) {
    struct ring *ring = &server->ring;
    uint64_t begin = server->checked, end = ring->received - ring->received % server->record_bytes;
    for (uint64_t at = begin; at < end; at += server->record_bytes) {
        uint8_t *record = ring->bytes + at % ring->capacity;
        struct yardstick_header header;
        memcpy(&header, record, sizeof header);
        if (header.sequence != at / server->record_bytes + 1 || header.key >= server->settings->shape.keys) {
            return "a record that is not the next one";
        }
        server->checksum = yardstick_checksum(server->checksum, record, server->record_bytes);
        if (server->settings->id == 1) {
            memcpy(record, &server->checksum, sizeof server->checksum);
        } else if (header.checksum != server->checksum) {
            return "a record with a wrong checksum";
        }
    }
    server->checked = end;
    if (end > begin) log_write(&server->log, end);
    return NULL;
}

void server_apply(struct server *server, uint64_t end) {
    for (; server->applied < end; server->applied += server->record_bytes) {
        const uint8_t *record = server->ring.bytes + server->applied % server->ring.capacity;
        struct yardstick_header header;
        memcpy(&header, record, sizeof header);
        uint8_t *place = server->state + header.key * server->state_bytes;
        memcpy(place, &header.sequence, sizeof header.sequence);
        memcpy(place + sizeof header.sequence, record + sizeof header, server->record_bytes - sizeof header);
    }
}

/// What a server says of itself, by the keys that zabbench's servers have for the same.
static void tell(const struct server *server, int socket_) {
    const struct yardstick_server *settings = server->settings;
    bool is_leader = settings->id == 1;
    bool is_whole = is_leader ? server->follower_count == settings->servers - 1 : server->leader >= 0;
    char text[1024];
    int count = snprintf(text, sizeof text, "zk_version\t%s\n", settings->version);
    if (is_whole) {
        count += snprintf(text + count, sizeof text - (size_t)count, "zk_server_state\t%s\n",
                          !is_leader              ? "follower"
                          : settings->servers > 1 ? "leader"
                                                  : "standalone");
    }
    unsigned long long records = server->checked / server->record_bytes;
    unsigned long long durable = atomic_load(&server->log.durable), syncs = atomic_load(&server->log.syncs);
    count += snprintf(text + count, sizeof text - (size_t)count,
                      "zk_last_applied_zxid\t0x%llx\nzab_syncs\t%llu\nzab_group_commits\t%llu\n"
                      "zab_sync_time_us\t%llu\nzab_log_bytes_written\t%llu\nzab_records_logged\t%llu\n"
                      "zab_proposals\t%llu\nzab_commits\t%llu\nzab_bytes_in\t%llu\nzab_bytes_out\t%llu\n"
                      "zab_messages_in\t%llu\n",
                      (unsigned long long)(server->applied / server->record_bytes), syncs, syncs,
                      (unsigned long long)atomic_load(&server->log.sync_nanoseconds) / 1000, durable,
                      durable / server->record_bytes, records,
                      (unsigned long long)(server->applied / server->record_bytes),
                      (unsigned long long)server->bytes_in, (unsigned long long)server->bytes_out,
                      (unsigned long long)server->messages_in);
    // Shorter than a socket's buffer, and whoever has gone needs no answer.
    (void)!send(socket_, text, (size_t)count, MSG_NOSIGNAL);
}

/// Reads a caller's first word. Returns whether it is done with, and whether it is the client.
static bool heard(struct server *server, struct caller *caller, bool *is_client) {
    ssize_t count = recv(caller->socket, caller->word + caller->count, sizeof caller->word - (size_t)caller->count,
                         MSG_DONTWAIT);
    if (count < 0) return errno != EAGAIN && errno != EINTR;
    if (count == 0) return true;
    caller->count += (int)count;
    if (caller->count < (int)sizeof caller->word) return false;
    if (memcmp(caller->word, "mntr", sizeof caller->word) == 0) tell(server, caller->socket);
    *is_client = memcmp(caller->word, YARDSTICK_HELLO, sizeof caller->word) == 0;
    return true;
}

int server_answer(struct server *server) {
    int client = -1;
    for (;;) {
        int socket_ = accept4(server->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket_ < 0) break;
        if (server->caller_count == questions_max) {
            close(socket_);
        } else {
            server->callers[server->caller_count++] = (struct caller){.socket = socket_};
        }
    }
    for (int i = 0; i < server->caller_count; i++) {
        bool is_client = false;
        if (!heard(server, &server->callers[i], &is_client)) continue;
        if (is_client && client < 0 && server->settings->id == 1) {
            client = server->callers[i].socket;
        } else {
            close(server->callers[i].socket);
        }
        server->callers[i--] = server->callers[--server->caller_count];
    }
    return client;
}

const char *yardstick_serve(const struct yardstick_server *settings) {
    if (settings->servers < 1 || settings->servers > servers_max || settings->shape.keys == 0) {
        return "1 to 16 servers and a key are needed";
    }
    zb_name_thread("zab-loop");
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) return failed("memory");
    const char *failure = server_open(server, settings);
    if (failure != NULL) return failure;
    return settings->id == 1 ? lead(server) : follow(server);
}
