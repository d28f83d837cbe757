#ifndef CPLATFORM_RING_H
#define CPLATFORM_RING_H
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
/// One io_uring(7) for one thread at a time.
struct zb_ring;
/// Makes a ring for one chain of two requests. Returns 0, or an errno: ENOSYS and EPERM where the kernel has none or
/// forbids it (sysctl kernel.io_uring_disabled, seccomp).
int zb_ring_open(struct zb_ring **ring);
void zb_ring_close(struct zb_ring *ring);
/// pwritev(2) and, linked to it (IOSQE_IO_LINK), fdatasync(2); waits for both. Returns the bytes written, durable if
/// they are all that was asked for; a short write cancels the sync (io_uring_enter(2)). -1 with errno if either failed.
ssize_t zb_ring_write_and_sync(struct zb_ring *ring, int fd, const struct iovec *pieces, int count, int64_t offset);
#endif
