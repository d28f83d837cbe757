#define _GNU_SOURCE
#include "include/storage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/vfs.h>

ssize_t zb_pwritev(int fd, const struct iovec *pieces, int count, int64_t offset) {
    return pwritev(fd, pieces, count, offset);
}

ssize_t zb_pwritev_dsync(int fd, const struct iovec *pieces, int count, int64_t offset) {
    return pwritev2(fd, pieces, count, offset, RWF_DSYNC);
}

int zb_o_direct(void) { return O_DIRECT; }
int zb_o_dsync(void) { return O_DSYNC; }

int zb_start_writeback(int fd, int64_t offset, int64_t count) {
    return sync_file_range(fd, offset, count, SYNC_FILE_RANGE_WRITE);
}

int zb_await_writeback(int fd, int64_t offset, int64_t count) {
    return sync_file_range(fd, offset, count,
                           SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

int zb_unlock(int fd) { return flock(fd, LOCK_UN); }

int zb_lock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

const char *zb_file_system_name(int fd) {
    struct statfs facts;
    if (fstatfs(fd, &facts) != 0) return NULL;
    switch ((unsigned long)facts.f_type) {
    case EXT4_SUPER_MAGIC: return "ext4";
    case XFS_SUPER_MAGIC: return "xfs";
    case BTRFS_SUPER_MAGIC: return "btrfs";
    case F2FS_SUPER_MAGIC: return "f2fs";
    case TMPFS_MAGIC: return "tmpfs";
    case RAMFS_MAGIC: return "ramfs";
    case OVERLAYFS_SUPER_MAGIC: return "overlay";
    case NFS_SUPER_MAGIC: return "nfs";
    case FUSE_SUPER_MAGIC: return "fuse";
    case V9FS_MAGIC: return "9p";
    case CEPH_SUPER_MAGIC: return "ceph";
    default: return NULL;
    }
}
