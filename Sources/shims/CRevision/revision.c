// A file of its own, in a target of its own: all that a new commit makes anew is this, Measure, and the link.
#define _GNU_SOURCE
#include "CRevision.h"

#include <string.h>

#ifndef ZABBENCH_REVISION
#define ZABBENCH_REVISION ""
#endif

// The mark is in the program once, before what it marks, so that other programs find it without running this one.
#define MARK "@zabbench-revision "
static const char marked[] __attribute__((used)) = MARK ZABBENCH_REVISION;
enum { markLength = sizeof MARK - 1 };

const char *zb_revision(void) { return marked + markLength; }

const char *zb_find_revision(const void *bytes, size_t count) {
    const char *found = memmem(bytes, count, marked, markLength);
    if (!found) return NULL;
    const char *text = found + markLength;
    // It ends within the bytes.
    return memchr(text, 0, count - (size_t)(text - (const char *)bytes)) ? text : NULL;
}
