#!/usr/bin/env bash
# Installs missing build dependencies: headers of jemalloc, liburing, zlib and OpenSSL, pkg-config, and the tools named as arguments,
# each from the package of the same name. Prints nothing if all are present.
set -euo pipefail
missing=()
[ -e /usr/include/jemalloc/jemalloc.h ] || missing+=(libjemalloc-dev)
[ -e /usr/include/liburing.h ] || missing+=(liburing-dev)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[ -e /usr/include/openssl/evp.h ] || missing+=(libssl-dev)
command -v pkg-config >/dev/null || missing+=(pkg-config)
for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
command -v swift >/dev/null || { echo "swift is not on the PATH; install Swift 6.3 or later (swift.org/install)" >&2; exit 1; }
[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || { echo "please install: ${missing[*]} (no apt-get here)" >&2; exit 1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
echo "installing ${missing[*]}" >&2
as_root apt-get update -q >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}" >&2
