#ifndef ZABBENCH_REVISION_H
#define ZABBENCH_REVISION_H

/// What the program was built from, as the build was told (ZABBENCH_COMMIT in Package.swift): a commit, perhaps with
/// `-dirty`, and after a space its date. Empty where the build was told nothing.
const char *_Nonnull zb_revision(void);

#endif
