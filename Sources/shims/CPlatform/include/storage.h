#ifndef CPLATFORM_STORAGE_H
#define CPLATFORM_STORAGE_H
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
/// pwritev(2). Returns the bytes written or -1 with errno.
ssize_t zb_pwritev(int fd, const struct iovec *pieces, int count, int64_t offset);
/// pwritev2(2) with RWF_DSYNC: what was written is durable when it returns. As zb_pwritev.
ssize_t zb_pwritev_dsync(int fd, const struct iovec *pieces, int count, int64_t offset);
/// Flags of open(2) that Glibc's module does not have.
int zb_o_direct(void);
int zb_o_dsync(void);
/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: starts writing dirty pages, waits for nothing, makes nothing durable.
int zb_start_writeback(int fd, int64_t offset, int64_t count);
/// sync_file_range(2) that starts and waits: the pages are with the device, which may still hold them in its cache.
int zb_await_writeback(int fd, int64_t offset, int64_t count);
/// flock(2), exclusive, not blocking. Returns 0 or -1 with errno (EWOULDBLOCK: somebody else has it).
int zb_lock_exclusive(int fd);
/// The name of the file system that a file is on, as statfs(2) and linux/magic.h tell; NULL for one that they do not name.
const char *zb_file_system_name(int fd);
/// Lets a lock of flock(2) go, for every copy of the descriptor. Returns 0 or -1 with errno.
int zb_unlock(int fd);
#endif
