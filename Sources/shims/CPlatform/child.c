#define _GNU_SOURCE
#include "include/child.h"
#include <fcntl.h>
#include <signal.h>
#include <errno.h>
#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

// libdispatch gives its threads nice values of their own, from -4 to 19 (where it may: as root), and a child has that of the
// thread that starts it. All of ours shall have the one that the user gave the process, which is that of its first thread,
// from their first instruction on: so this thread takes it for as long as the start takes. Returns what it had before.
static int take_niceness_of_process(void) {
    errno = 0;
    int own = getpriority(PRIO_PROCESS, 0);
    int process = getpriority(PRIO_PROCESS, getpid());
    if (errno == 0 && process != own) setpriority(PRIO_PROCESS, 0, process);
    return own;
}

static int prepare_files(posix_spawn_file_actions_t *files, const char *directory, int input, const char *output_path) {
    int code = input >= 0 ? posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO)
                          : posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0 && output_path) {
        code = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, output_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
        if (code == 0) code = posix_spawn_file_actions_adddup2(files, STDOUT_FILENO, STDERR_FILENO);
    }
    if (code == 0) code = posix_spawn_file_actions_addchdir_np(files, directory);
    if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return code;
}

int zb_spawn(pid_t *pid, const char *program, char *const arguments[], const char *directory, int input,
             const char *output_path) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigfillset(&usual);
    sigdelset(&usual, SIGKILL);
    sigdelset(&usual, SIGSTOP);
    int code = posix_spawn_file_actions_init(&files);
    if (code != 0) return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &usual);
        code = prepare_files(&files, directory, input, output_path);
        int niceness = take_niceness_of_process();
        if (code == 0) code = posix_spawn(pid, program, &files, &attributes, arguments, environ);
        if (getpriority(PRIO_PROCESS, 0) != niceness) setpriority(PRIO_PROCESS, 0, niceness);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return code;
}
