#define _GNU_SOURCE
#include "server.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

/// Everything before is on the disks of a quorum.
static uint64_t committed(const struct server *server) {
    uint64_t durable[servers_max] = {atomic_load_explicit(&server->log.durable, memory_order_acquire)};
    int count = server->settings->servers;
    for (int i = 0; i < server->follower_count; i++) durable[i + 1] = server->followers[i].durable;
    // The quorum-th greatest, of very few.
    for (int i = 0; i <= count / 2; i++) {
        for (int j = i + 1; j < count; j++) {
            if (durable[j] > durable[i]) {
                uint64_t other = durable[i];
                durable[i] = durable[j];
                durable[j] = other;
            }
        }
    }
    return durable[count / 2];
}

/// Everything before is not needed in the ring any more.
static uint64_t done(const struct server *server) {
    uint64_t kept = least(server->applied, atomic_load_explicit(&server->log.durable, memory_order_acquire));
    for (int i = 0; i < server->follower_count; i++) kept = least(kept, server->followers[i].sent);
    return kept;
}

/// Sends to a follower as much as its connection takes.
static const char *propose(struct server *server, struct follower *follower) {
    while (follower->sent < server->checked) {
        struct iovec pieces[2];
        int count = ring_pieces(&server->ring, follower->sent, server->checked, pieces);
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(follower->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return NULL;
        if (sent <= 0) return failed("a follower");
        follower->sent += (uint64_t)sent;
        server->bytes_out += (uint64_t)sent;
    }
    return NULL;
}

/// Hears of what is on a follower's disk: only the newest number counts.
static const char *hear(struct server *server, struct follower *follower) {
    uint8_t bytes[4096];
    memcpy(bytes, follower->part, follower->part_bytes);
    ssize_t received = recv(follower->socket, bytes + follower->part_bytes, sizeof bytes - follower->part_bytes,
                            MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return NULL;
    if (received <= 0) return "a follower is gone";
    server->bytes_in += (uint64_t)received;
    server->messages_in++;
    size_t count = follower->part_bytes + (size_t)received, whole = count / 8 * 8;
    if (whole > 0) memcpy(&follower->durable, bytes + whole - 8, 8);
    follower->part_bytes = count - whole;
    memcpy(follower->part, bytes + whole, follower->part_bytes);
    return NULL;
}

static void lose_client(struct server *server) {
    close(server->client);
    server->client = -1;
    // A record of which a part is missing never was one.
    server->ring.received = server->checked;
}

/// Answers the client, eight bytes for each write that a quorum has.
static void reply(struct server *server) {
    uint64_t known = server->applied / server->record_bytes;
    if (!server->is_client_greeted) {
        // What another client has left must be done with, or this one would hear of it.
        if (server->applied < server->checked) return;
        server->is_client_greeted = true;
        server->replied = known > 0 ? (known - 1) * 8 : 0;
        if (known == 0 && send(server->client, &known, sizeof known, MSG_NOSIGNAL) != sizeof known) {
            return lose_client(server);
        }
    }
    while (server->replied < known * 8) {
        uint64_t sequences[reply_records], first = server->replied / 8 + 1;
        size_t count = least(known - first + 1, reply_records), skipped = server->replied % 8;
        for (size_t i = 0; i < count; i++) sequences[i] = first + i;
        ssize_t sent = send(server->client, (uint8_t *)sequences + skipped, count * 8 - skipped,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (sent <= 0) return lose_client(server);
        server->replied += (uint64_t)sent;
        server->bytes_out += (uint64_t)sent;
    }
}

static void welcome_follower(struct server *server) {
    int socket_ = accept4(server->peer_door, NULL, NULL, SOCK_CLOEXEC);
    if (socket_ < 0) return;
    // Nothing was sent before all were there, so that each gets everything.
    if (server->follower_count == server->settings->servers - 1) {
        close(socket_);
        return;
    }
    make_ready(socket_);
    server->followers[server->follower_count++] = (struct follower){.socket = socket_};
}

static void welcome_client(struct server *server) {
    int client = server_answer(server);
    if (client < 0) return;
    if (server->client >= 0) lose_client(server);
    make_ready(client);
    server->client = client;
    server->is_client_greeted = false;
}

/// What the leader does with what `poll` has found.
static const char *turn(struct server *server, const struct pollfd *polled, bool has_room) {
    if (polled[0].revents != 0 && server->client >= 0 && has_room) {
        ssize_t received = ring_receive(&server->ring, server->client, done(server));
        if (received < 0) {
            lose_client(server);
        } else {
            server->bytes_in += (uint64_t)received;
            server->messages_in++;
            const char *failure = server_check(server);
            if (failure != NULL) return failure;
        }
    }
    if (polled[1].revents != 0) {
        uint64_t wakes;
        (void)!read(server->log.wakes, &wakes, sizeof wakes);
        if (atomic_load(&server->log.failure) != NULL) return atomic_load(&server->log.failure);
    }
    for (int i = 0; i < server->follower_count; i++) {
        const char *failure = propose(server, &server->followers[i]);
        if (failure == NULL && polled[4 + i].revents & (POLLIN | POLLHUP | POLLERR)) {
            failure = hear(server, &server->followers[i]);
        }
        if (failure != NULL) return failure;
    }
    server_apply(server, committed(server));
    if (server->client >= 0) reply(server);
    return NULL;
}

const char *lead(struct server *server) {
    server->peer_door = listening(server->settings->peer_port);
    if (server->peer_door < 0) return failed("the peer port");
    for (;;) {
        bool is_whole = server->follower_count == server->settings->servers - 1;
        bool has_room = server->ring.received < done(server) + server->ring.capacity;
        // Of a client that has heard where it begins, and of none else.
        bool is_open = is_whole && has_room && server->is_client_greeted;
        bool owes = server->client >= 0 && server->is_client_greeted
                    && server->replied < server->applied / server->record_bytes * 8;
        struct pollfd polled[4 + servers_max + questions_max] = {
            {.fd = server->client, .events = (is_open ? POLLIN : 0) | (owes ? POLLOUT : 0)},
            {.fd = server->log.wakes, .events = POLLIN},
            {.fd = server->door, .events = POLLIN},
            {.fd = server->peer_door, .events = POLLIN},
        };
        nfds_t count = 4;
        int followers = server->follower_count;
        for (int i = 0; i < followers; i++) {
            bool is_behind = server->followers[i].sent < server->checked;
            polled[count++] = (struct pollfd){.fd = server->followers[i].socket,
                                              .events = POLLIN | (is_behind ? POLLOUT : 0)};
        }
        for (int i = 0; i < server->caller_count; i++) {
            polled[count++] = (struct pollfd){.fd = server->callers[i].socket, .events = POLLIN};
        }
        if (poll(polled, count, -1) < 0 && errno != EINTR) return failed("poll");
        const char *failure = turn(server, polled, is_open);
        if (failure != NULL) return failure;
        if (polled[3].revents != 0) welcome_follower(server);
        if (polled[2].revents != 0 || server->caller_count > 0) welcome_client(server);
        // A client that came when nothing else happened is greeted at once.
        if (server->client >= 0 && !server->is_client_greeted && is_whole) reply(server);
    }
}
