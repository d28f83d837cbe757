#ifndef CPLATFORM_KERNEL_H
#define CPLATFORM_KERNEL_H
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
/// eventfd(2) with EFD_CLOEXEC, blocking. Returns -1 and sets errno on failure.
int zb_eventfd(void);
/// ppoll(2): waits at most so long until `fd` is readable. Returns 1 if it is, 0 if the time is over, -1 with errno.
int zb_wait_readable(int fd, uint64_t nanoseconds);
/// Names the calling thread for ps, perf and gdb (at most 15 bytes, the rest is cut).
void zb_name_thread(const char *name);
/// prctl(PR_SET_PDEATHSIG): the kernel sends `signal` to this process when its parent thread dies.
int zb_die_with_parent(int signal);
/// fallocate(2), mode 0: reserves blocks and extends the size. Returns 0 or -1 with errno.
int zb_fallocate(int fd, int64_t offset, int64_t length);
/// Sync of the data and of what is needed to read it back: fdatasync(2). Returns 0 or -1 with errno.
int zb_fdatasync(int fd);
/// pidfd_open(2): a descriptor that names the process `pid` as it is now and for ever, also after the pid is used
/// again. Readable (poll) when the process has exited. Returns -1 with errno.
int zb_pidfd_open(pid_t pid);
/// pidfd_send_signal(2) without further information. Returns 0 or -1 with errno.
int zb_pidfd_signal(int pidfd, int signal);
#endif
