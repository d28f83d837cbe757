#define _GNU_SOURCE
#include "include/ring.h"
#include <errno.h>
#include <liburing.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

struct zb_ring {
    struct io_uring ring;
};

enum { WRITE = 1, SYNC = 2 };

int zb_ring_open(struct zb_ring **out) {
    struct zb_ring *made = malloc(sizeof *made);
    if (!made) return ENOMEM;
    int error = io_uring_queue_init(4, &made->ring, 0);
    if (error < 0) {
        free(made);
        return -error;
    }
    *out = made;
    return 0;
}

void zb_ring_close(struct zb_ring *ring) {
    io_uring_queue_exit(&ring->ring);
    free(ring);
}

ssize_t zb_ring_write_and_sync(struct zb_ring *ring, int fd, const struct iovec *pieces, int count, int64_t offset) {
    struct io_uring_sqe *write = io_uring_get_sqe(&ring->ring);
    struct io_uring_sqe *sync = io_uring_get_sqe(&ring->ring);
    if (!write || !sync) {
        errno = EBUSY;
        return -1;
    }
    io_uring_prep_writev(write, fd, pieces, (unsigned)count, (uint64_t)offset);
    write->user_data = WRITE;
    write->flags |= IOSQE_IO_LINK;
    io_uring_prep_fsync(sync, fd, IORING_FSYNC_DATASYNC);
    sync->user_data = SYNC;

    // Both must have been taken before anything is waited for; nothing may be left in the ring for the next call. A chain
    // ends at the end of a submission (io_uring_enter(2)), so if both were not taken at once they are not linked.
    int submissions = 0;
    for (int left = 2; left > 0;) {
        int taken = io_uring_submit(&ring->ring);
        if (taken < 0 && taken != -EINTR && taken != -EAGAIN) {
            errno = -taken;
            return -1;
        }
        if (taken > 0) {
            left -= taken;
            submissions++;
        } else {
            sched_yield();
        }
    }
    int written = 0, synced = 0;
    for (int left = 2; left > 0; left--) {
        struct io_uring_cqe *done;
        int error;
        do error = io_uring_wait_cqe(&ring->ring, &done);
        while (error == -EINTR);
        if (error < 0) {
            errno = -error;
            return -1;
        }
        if (done->user_data == WRITE) written = done->res;
        else synced = done->res;
        io_uring_cqe_seen(&ring->ring, done);
    }
    if (written < 0) {
        errno = -written;
        return -1;
    }
    // Cancelled by a short write: the caller sees that from the count.
    if (synced < 0 && synced != -ECANCELED) {
        errno = -synced;
        return -1;
    }
    if (synced == -ECANCELED) {
        ssize_t asked = 0;
        for (int i = 0; i < count; i++) asked += (ssize_t)pieces[i].iov_len;
        if (written >= asked) {
            errno = ECANCELED;
            return -1;
        }
    }
    if (submissions > 1 && fdatasync(fd) != 0) return -1;
    return written;
}
