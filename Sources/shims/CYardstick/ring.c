#include "internal.h"
#include <errno.h>
#include <sys/socket.h>

int ring_pieces(const struct ring *ring, uint64_t from, uint64_t to, struct iovec pieces[2]) {
    if (from == to) return 0;
    size_t place = from % ring->capacity, count = to - from, first = ring->capacity - place;
    if (first > count) first = count;
    pieces[0] = (struct iovec){ring->bytes + place, first};
    if (first == count) return 1;
    pieces[1] = (struct iovec){ring->bytes, count - first};
    return 2;
}

ssize_t ring_receive(struct ring *ring, int socket, uint64_t kept) {
    struct iovec pieces[2];
    int count = ring_pieces(ring, ring->received, kept + ring->capacity, pieces);
    if (count == 0) return 0;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT);
    if (received > 0) ring->received += (uint64_t)received;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
    return received > 0 ? received : -1;
}
