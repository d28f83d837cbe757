#ifndef CPLATFORM_TRAP_H
#define CPLATFORM_TRAP_H
#include <stdint.h>
/// Says on standard error which seed this thread was playing, when the process dies of a trap (SIGILL, SIGTRAP, SIGSEGV,
/// SIGBUS, SIGABRT, SIGFPE), and ends it with status 4.
void zb_report_traps(void);
/// Names the seed that this thread plays from now on.
void zb_note_seed(uint64_t seed);
#endif
