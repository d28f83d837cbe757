#ifndef CPLATFORM_TRAP_H
#define CPLATFORM_TRAP_H
#include <stdint.h>
/// From now on, when a thread that plays a seed dies of a trap (SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE), says
/// on standard error which seed, and ends the process with status 4. Other threads' traps do what they did before.
void zb_report_traps(void);
/// Ends that.
void zb_forget_traps(void);
/// Names the seed that this thread plays from now on.
void zb_note_seed(uint64_t seed);
#endif
