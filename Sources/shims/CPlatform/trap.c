#include "trap.h"
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 16, WIDTH = 240, ARGUMENTS = 24 };

static _Thread_local volatile uint64_t current_seed;
static _Thread_local volatile int plays;
static _Thread_local char lines[LINES][WIDTH];
static _Thread_local size_t line_count;
static char **replay;

static const int numbers[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
enum { COUNT = sizeof numbers / sizeof numbers[0] };
static struct sigaction before[COUNT];

void zb_note_seed(uint64_t seed) {
    current_seed = seed;
    plays = 1;
}

void zb_note_line(const char *bytes, size_t count) {
    char *line = lines[line_count++ % LINES];
    if (count > WIDTH - 1) count = WIDTH - 1;
    memcpy(line, bytes, count);
    line[count] = 0;
}

void zb_replay_traps(char **arguments) { replay = arguments; }

// Only what POSIX allows in a signal handler: no stdio, no allocation.
static void say(const char *text) {
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static const char *seed_text(void) {
    static char digits[24];
    char *start = digits + sizeof digits - 1;
    uint64_t rest = current_seed;
    do {
        *--start = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    return start;
}

// True if the seed trapped again, and that process has said what there is to say.
static int replayed(void) {
    if (!replay) return 0;
    char *arguments[ARGUMENTS + 1];
    int count = 0;
    for (; replay[count] && count < ARGUMENTS; count++)
        arguments[count] = replay[count][0] ? replay[count] : (char *)seed_text();
    arguments[count] = NULL;
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) {
        // The signal that is being handled is blocked, and would be in the new program.
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 4;
}

static void report(int number) {
    // A trap that no seed has to do with is none of ours.
    if (!plays) {
        zb_forget_traps();
        raise(number);
        return;
    }
    if (replayed()) _exit(4);
    say("\nzabbench simulate: the engine trapped in seed ");
    say(seed_text());
    say("; play it again with --replay\n");
    size_t kept = line_count < LINES ? line_count : LINES;
    if (kept > 0) say("the last lines of its trace:\n");
    for (size_t i = line_count - kept; i < line_count; i++) {
        say("  ");
        say(lines[i % LINES]);
        say("\n");
    }
    _exit(4);
}

void zb_report_traps(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = report;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT; i++) sigaction(numbers[i], &action, &before[i]);
}

void zb_forget_traps(void) {
    for (size_t i = 0; i < COUNT; i++) sigaction(numbers[i], &before[i], NULL);
}
