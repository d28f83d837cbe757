// A file of its own, in a target of its own: all that a new commit makes anew is this, Measure, and the link.
#include "CRevision.h"

#ifndef ZABBENCH_REVISION
#define ZABBENCH_REVISION ""
#endif

const char *zb_revision(void) { return ZABBENCH_REVISION; }
