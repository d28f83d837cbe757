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
/// Raises this process's soft limit of open descriptors (RLIMIT_NOFILE) to the hard one, but not beyond `most`; never
/// lowers it. Returns the soft limit as it is then, or -1 with errno.
int64_t zb_raise_descriptor_limit(int64_t most);
/// The open descriptors of this process, as Linux tells since 6.2 (the size of /proc/self/fd); 0 if it does not tell, -1
/// with errno.
int64_t zb_open_descriptors(void);
/// The address at the other end of a socket: 4 or 16 bytes in network order go to `bytes`. Returns how many; 0 for another
/// family, -1 with errno.
int zb_peer_address(int fd, uint8_t bytes[16]);
/// close(2) of this socket will reset the connection (SO_LINGER, 0 s): no TIME_WAIT is left on this side.
int zb_reset_on_close(int fd);
/// TCP keep-alive: after `idle` seconds of silence a probe each `interval` seconds; `count` of them unanswered end the
/// connection. `unacknowledged` milliseconds end it too when sent bytes are not acknowledged (TCP_USER_TIMEOUT); 0 for the
/// system's time. Returns 0 or -1 with errno.
int zb_keep_alive(int fd, int idle, int interval, int count, unsigned unacknowledged);
#endif
