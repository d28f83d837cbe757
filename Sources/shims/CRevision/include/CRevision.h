#ifndef ZABBENCH_REVISION_H
#define ZABBENCH_REVISION_H

#include <stddef.h>

/// What the program was built from, as the build was told (ZABBENCH_COMMIT in Package.swift): a commit, perhaps with
/// `-dirty`, and after a space its date. Empty where the build was told nothing.
const char *_Nonnull zb_revision(void);

/// The same of another program, in the bytes of its file; null where it has none.
const char *_Nullable zb_find_revision(const void *_Nonnull bytes, size_t count);

#endif
