#define _GNU_SOURCE
#include "include/kernel.h"
#include <poll.h>
#include <time.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int zb_eventfd(void) { return eventfd(0, EFD_CLOEXEC); }

void zb_name_thread(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

int zb_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

int zb_fallocate(int fd, int64_t offset, int64_t length) { return fallocate(fd, 0, offset, length); }

int zb_fdatasync(int fd) { return fdatasync(fd); }

int zb_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int zb_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int zb_wait_readable(int fd, uint64_t nanoseconds) {
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return ppoll(&entry, 1, &time, NULL);
}

int64_t zb_raise_descriptor_limit(int64_t most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    rlim_t wanted = limit.rlim_max < (rlim_t)most ? limit.rlim_max : (rlim_t)most;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = wanted;
        // Above fs.nr_open the kernel refuses; then what there was is what there is.
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    }
    return limit.rlim_cur < (rlim_t)most ? (int64_t)limit.rlim_cur : most;
}

int64_t zb_open_descriptors(void) {
    struct stat status;
    return stat("/proc/self/fd", &status) == 0 ? (int64_t)status.st_size : -1;
}

int zb_peer_address(int fd, uint8_t bytes[16]) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0) return -1;
    if (address.ss_family == AF_INET) {
        memcpy(bytes, &((struct sockaddr_in *)&address)->sin_addr, 4);
        return 4;
    }
    if (address.ss_family == AF_INET6) {
        memcpy(bytes, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

int zb_reset_on_close(int fd) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

int zb_keep_alive(int fd, int idle, int interval, int count, unsigned unacknowledged) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0) return -1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) != 0) return -1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) != 0) return -1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) != 0) return -1;
    return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
}

// jemalloc reads this when it starts. In huge pages a server's memory is some hundred pieces instead of some hundred thousand,
// and the kernel takes memory back before it closes a dead process's sockets: with a million znodes its peers noticed a killed
// leader after 70 ms, and after 7 ms with this. Where the system has no huge pages it means nothing.
const char *malloc_conf = "thp:always";
