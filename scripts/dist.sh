#!/usr/bin/env bash
# Makes zabbench one file that needs nothing but glibc and its libgcc_s, and tries it. `make dist` and .ci/run call it.
#
#   scripts/dist.sh              links dist/zabbench of the objects that make has built in .build/static
#   scripts/dist.sh --libraries  only looks for the archives that it is linked with
#   scripts/dist.sh --check      runs dist/zabbench, in a root folder that has nothing beside it but those
#
#   CC       is asked for the archives, and links what is linked before (clang, which comes with Swift)
#   DIST     where the files go (dist)
#
# The objects are those of the program whose instructions are counted, linked once more: that one keeps its shared
# jemalloc, since how it is called is part of what is counted. glibc stays shared: a static one still loads shared objects,
# those of its own version, where nsswitch.conf has more than files and DNS. So does libgcc_s, which glibc loads by itself
# when a thread ends with pthread_exit, and aborts without: better the loader says so at the start.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=${DIST:-dist}
compiler=${CC:-clang}
built=.build/static/release
declare -A packages=([jemalloc]=libjemalloc-dev [uring]=liburing-dev [z]=zlib1g-dev ["stdc++"]=libstdc++-12-dev)
# All of glibc, and what its packages depend on.
glibc='^(libgcc_s|libc|libm|libdl|libpthread|librt|ld-linux[-a-z0-9_]*)\.so\.[0-9]+$'

fail() { echo "dist: $*" >&2; exit 1; }

# A line for each archive: its library and its path. The compiler gives back a name that it does not find.
archives() {
    local library path
    command -v "$compiler" >/dev/null || fail "$compiler is not on the PATH; it comes with Swift, or name another with CC="
    for library in jemalloc uring z stdc++; do
        path=$("$compiler" -print-file-name="lib$library.a")
        [[ $path == /* && -r $path ]] \
            || fail "lib$library.a is not here, and the program cannot do without; apt-get install ${packages[$library]}"
        echo "$library $path"
    done
}

# No grep -q behind a pipe: it ends at the first match, and what writes to it fails for that.
# The shared objects that a program names.
needed() { readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'; }

# Whatever would send it to a library that its user does not have.
refuse_foreign_libraries() { # program
    local foreign
    foreign=$(needed "$1" | grep -vE "$glibc" | tr '\n' ' ' || true)
    [ -z "$foreign" ] || fail "$1 is not one file: it needs ${foreign% }"
    ! readelf -d "$1" | grep -E '\((RPATH|RUNPATH)\)' >/dev/null || fail "$1 looks for libraries in a folder of this machine (RUNPATH)"
}

link() {
    local work=$1 library path
    [ -r "$built/zabbench.product/Objects.LinkFileList" ] || fail "$built has no objects of zabbench; make dist builds them"
    # The first folder that the linker looks in has the archives alone.
    while read -r library path; do ln -s "$path" "$work/lib$library.a"; done <<<"$list"
    # Swift hides what comes from archives (--exclude-libs ALL), and a hidden malloc would serve the program but not glibc:
    # what one allocates the other could not free. So jemalloc is linked as one object.
    "$compiler" -r -nostdlib -o "$work/jemalloc.o" -Wl,--whole-archive "$work/libjemalloc.a" -Wl,--no-whole-archive
    # What it says of a success is that Foundation uses mktemp.
    swiftc -static-stdlib -emit-executable -module-name zabbench -o "$work/zabbench" -g \
        -Xlinker --gc-sections -Xlinker --defsym -Xlinker main=zabbench_main \
        "@$built/zabbench.product/Objects.LinkFileList" "$work/jemalloc.o" \
        -L "$work" -luring -lz -lm 2>"$work/link.log" \
        || { cat "$work/link.log" >&2; fail "the link failed, for the reasons above"; }
    refuse_foreign_libraries "$work/zabbench"
    readelf --dyn-syms --wide "$work/zabbench" | grep -E ' FUNC +GLOBAL +DEFAULT +[0-9]+ malloc$' >/dev/null \
        || fail "jemalloc's malloc is hidden in the program that was linked, so glibc would use another"
}

build() {
    local list tool version glibc_version
    for tool in readelf strip objcopy; do command -v "$tool" >/dev/null || fail "$tool is not here; apt-get install binutils"; done
    list=$(archives)
    mkdir -p "$dist"
    # Beside the result, so that a file only ever appears whole.
    work=$(mktemp -d "$(readlink -f "$dist")/.link-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    link "$work"
    objcopy --only-keep-debug --compress-debug-sections "$work/zabbench" "$work/zabbench.debug"
    strip "$work/zabbench"
    (cd "$work" && objcopy --add-gnu-debuglink=zabbench.debug zabbench && sha256sum zabbench >zabbench.sha256)
    version=$("$work/zabbench" --version)
    mv "$work"/zabbench{,.debug,.sha256} "$dist/"
    glibc_version=$(readelf --version-info --wide "$dist/zabbench" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1)
    echo "$dist/zabbench: $version, $(uname -m), $(($(stat -c %s "$dist/zabbench") / 1000000)) MB"
    echo "sha256: $(cut -d ' ' -f 1 "$dist/zabbench.sha256")"
    echo "needs: glibc ${glibc_version#GLIBC_} or later with its libgcc_s, which ldd finds here:"
    ldd "$dist/zabbench"
}

# The column of a comma-separated table's rows that has this name.
column() { # name file
    awk -F , -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i; next } { print $column }' "$2"
}

# Whether a run's rows are results, with every write found and jemalloc's counts in them.
proven() { # folder
    local rows=$1/summary.csv written found
    [ "$(column valid "$rows" | sort -u)" = true ] || fail "not every row of $rows is valid: $(column invalid_reason "$rows")"
    written=$(column writes_acknowledged "$rows" | paste -sd +)
    found=$(column acknowledged_verified "$rows" | paste -sd +)
    if [ "$written" != "$found" ] || [ $((written)) -eq 0 ]; then fail "of $written acknowledged writes $found were found"; fi
    ! column allocations_per_write "$rows" | grep -vE '^[0-9]' >/dev/null || fail "the rows have no allocations: jemalloc serves nobody"
    grep -q '"allocator" *: *"jemalloc ' "$1/manifest.json" || fail "manifest.json names no jemalloc"
    echo "dist: $((written)) acknowledged writes, all found; allocations per write: $(column allocations_per_write "$rows" | paste -sd ' ')"
}

check() {
    local root library inside=() alone=()
    [ -x "$dist/zabbench" ] || fail "$dist/zabbench is not there; run make dist first"
    refuse_foreign_libraries "$dist/zabbench"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    root=$work/root
    mkdir -p "$root"/{proc,sys,dev,tmp}
    cp "$dist/zabbench" workloads/quick.yaml "$root/"
    # As root, or as the root of a namespace of one's own where the kernel lets one have it.
    if unshare --mount true 2>/dev/null; then alone=(unshare --mount)
    elif unshare --user --map-root-user --mount true 2>/dev/null; then alone=(unshare --user --map-root-user --mount)
    fi
    if [ ${#alone[@]} -gt 0 ]; then
        # All that the loader finds. No shell, no toolchain, no jemalloc, no liburing, no libstdc++.
        for library in $(ldd "$dist/zabbench" | grep -oE '/[^ ]+'); do install -D "$library" "$root$library"; done
        # shellcheck disable=SC2016 # the other shell's
        alone+=(bash -c 'for place in proc sys dev; do mount --rbind "/$place" "$0/$place"; done; exec "$@"' "$root")
        inside=(chroot "$root" /zabbench)
        echo "dist: in a root folder of $(cd "$root" && find . -type f | sed 's/^.//' | sort | paste -sd ' ')"
    else
        echo "dist: no namespace to be had (no root): in an empty folder, where libraries of the system are still seen"
        inside=("$root/zabbench")
    fi
    zabbench() { (cd "$root" && "${alone[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp "${inside[@]}" "$@"); }
    zabbench --version
    # What somebody has who has the file alone: starters, and the way to them.
    zabbench init latency >/dev/null
    zabbench run latency.yaml --dry-run >/dev/null
    zabbench run quick.yaml --set warmup_s=1 --set duration_s=3
    proven "$root/results/latest"
}

case "$*" in
    '') build ;;
    --libraries) archives >/dev/null ;;
    --check) check ;;
    *) sed -n '2,9p' "$0" >&2; exit 64 ;;
esac
