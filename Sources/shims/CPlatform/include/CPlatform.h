#ifndef CPLATFORM_H
#define CPLATFORM_H
// Machine and kernel shims that `import Glibc` lacks. No logic of ours lives here.
#include "callgrind.h"
#include "checksum.h"
#include "child.h"
#include "clock.h"
#include "hash.h"
#include "kernel.h"
#include "ring.h"
#include "storage.h"
#include "symbol.h"
#include "trap.h"
#endif
