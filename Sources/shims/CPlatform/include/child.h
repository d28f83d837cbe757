#ifndef CPLATFORM_CHILD_H
#define CPLATFORM_CHILD_H
#include <sys/types.h>
/// posix_spawn(3) of a program in a session of its own, with default signal handling, an empty signal mask, this
/// process's environment and no descriptor but the three standard ones, and with the niceness of this process's first
/// thread, whichever thread calls.
///
/// `input` is the descriptor for its standard input, or -1 for /dev/null. Standard output and error are appended to the
/// file `output_path`, or shared with this process where that is NULL. `arguments` begins with the program's name and
/// ends with NULL. Returns 0, or the error's number.
int zb_spawn(pid_t *pid, const char *program, char *const arguments[], const char *directory, int input,
             const char *output_path);
#endif
