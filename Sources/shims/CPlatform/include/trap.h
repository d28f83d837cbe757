#ifndef CPLATFORM_TRAP_H
#define CPLATFORM_TRAP_H
#include <stddef.h>
#include <stdint.h>
/// From now on, when a thread that plays a seed dies of a trap (SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE), says
/// on standard error which seed, and ends the process with status 4. Other threads' traps do what they did before.
void zb_report_traps(void);
/// Ends that.
void zb_forget_traps(void);
/// Names the seed that this thread plays from now on.
void zb_note_seed(uint64_t seed);
/// Keeps the last few lines of what this thread does, cut to their beginnings, to be said when it traps.
void zb_note_line(const char *bytes, size_t count);
/// Before a trap is reported, its seed is played again by this program in a process of its own, which says more: with
/// these arguments, of which the one that is empty is replaced by the seed. NULL ends the list; it must stay where it is.
void zb_replay_traps(char **arguments);
#endif
