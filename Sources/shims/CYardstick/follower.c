#define _GNU_SOURCE
#include "server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// Tries until the leader listens; whoever started this process ends it if that takes too long. Meanwhile it says in
/// `mntr` that it serves nobody.
static int dialled(struct server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server->settings->peer_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (;;) {
        int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket_ < 0) return -1;
        if (connect(socket_, (struct sockaddr *)&address, sizeof address) == 0) return socket_;
        close(socket_);
        struct pollfd door = {.fd = server->door, .events = POLLIN};
        if (poll(&door, 1, 5) > 0) (void)server_answer(server);
    }
}

/// Says what is on the disk, if that is more than the leader knows.
static const char *acknowledge(struct server *server) {
    uint64_t durable = atomic_load_explicit(&server->log.durable, memory_order_acquire);
    if (durable == server->told) return NULL;
    ssize_t count = send(server->leader, &durable, sizeof durable, MSG_NOSIGNAL);
    // A leader that does not read is told later: the number then stands for all before.
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return NULL;
    if (count != sizeof durable) return failed("the leader");
    server->told = durable;
    server->bytes_out += sizeof durable;
    return NULL;
}

const char *follow(struct server *server) {
    server->leader = dialled(server);
    if (server->leader < 0) return failed("the leader");
    make_ready(server->leader);
    for (;;) {
        uint64_t durable = atomic_load_explicit(&server->log.durable, memory_order_acquire);
        uint64_t kept = durable < server->applied ? durable : server->applied;
        bool has_room = server->ring.received < kept + server->ring.capacity;
        struct pollfd polled[2 + 1 + questions_max] = {
            {.fd = server->leader, .events = has_room ? POLLIN : 0},
            {.fd = server->log.wakes, .events = POLLIN},
            {.fd = server->door, .events = POLLIN},
        };
        nfds_t count = 3;
        for (int i = 0; i < server->caller_count; i++) {
            polled[count++] = (struct pollfd){.fd = server->callers[i].socket, .events = POLLIN};
        }
        if (poll(polled, count, -1) < 0 && errno != EINTR) return failed("poll");
        if (polled[0].revents != 0 && has_room) {
            ssize_t received = ring_receive(&server->ring, server->leader, kept);
            if (received < 0) return "the leader is gone";
            server->bytes_in += (uint64_t)received;
            server->messages_in++;
            const char *failure = server_check(server);
            if (failure != NULL) return failure;
            server_apply(server, server->checked);
        }
        if (polled[1].revents != 0) {
            uint64_t wakes;
            (void)!read(server->log.wakes, &wakes, sizeof wakes);
            if (atomic_load(&server->log.failure) != NULL) return atomic_load(&server->log.failure);
        }
        const char *failure = acknowledge(server);
        if (failure != NULL) return failure;
        if (polled[2].revents != 0 || server->caller_count > 0) {
            int client = server_answer(server);
            if (client >= 0) close(client);
        }
    }
}
