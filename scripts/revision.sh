#!/bin/bash
# The commit of what a program is built from and its date, `0ce5660abcde 2026-11-30`; -dirty behind the hash where sources
# have changed since. Results, pages and scripts are no part of the program. Nothing without git or a commit.
cd "$(dirname "$0")/.." || exit
commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || exit 0
git diff --quiet HEAD -- Sources Package.swift || commit+=-dirty
echo "$commit $(git show --no-patch --format=%cs HEAD)"
