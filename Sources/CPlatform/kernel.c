#define _GNU_SOURCE
#include "include/kernel.h"
#include <poll.h>
#include <time.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
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

// jemalloc reads this when it starts. In huge pages a server's memory is some hundred pieces instead of some hundred thousand,
// and the kernel takes memory back before it closes a dead process's sockets: with a million znodes its peers noticed a killed
// leader after 70 ms, and after 7 ms with this. Where the system has no huge pages it means nothing.
const char *malloc_conf = "thp:always";
