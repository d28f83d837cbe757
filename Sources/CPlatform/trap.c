#include "trap.h"
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static _Thread_local volatile uint64_t current_seed;
static _Thread_local volatile int plays;

static const int numbers[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
enum { COUNT = sizeof numbers / sizeof numbers[0] };
static struct sigaction before[COUNT];

void zb_note_seed(uint64_t seed) {
    current_seed = seed;
    plays = 1;
}

// Only what POSIX allows in a signal handler: no stdio, no allocation.
static void report(int number) {
    // A trap that no seed has to do with is none of ours.
    if (!plays) {
        zb_forget_traps();
        raise(number);
        return;
    }
    char text[128] = "\nzabbench simulate: the engine trapped in seed ";
    size_t used = strlen(text);
    char digits[24];
    size_t count = 0;
    uint64_t rest = current_seed;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count > 0) text[used++] = digits[--count];
    const char *end = "; play it again with --replay\n";
    memcpy(text + used, end, strlen(end));
    used += strlen(end);
    ssize_t ignored = write(STDERR_FILENO, text, used);
    (void)ignored;
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
