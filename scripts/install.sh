#!/usr/bin/env bash
# Installs a built zabbench, or removes what was installed. `make install` and `make uninstall` call it.
#
#   scripts/install.sh            PREFIX/bin/zabbench, its manual pages, completions for bash, zsh and fish, workloads
#   scripts/install.sh --remove   removes them again, and nothing else
#
#   PREFIX    where it will be used (/usr/local)
#   DESTDIR   put before it, for packages (empty)
#   PROGRAM   the program to install (.build/release/zabbench); it is run, for its help and completions
#
# Debug information is left out and symbols are kept: `zabbench ab` names functions by them.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}$prefix
program=${PROGRAM:-.build/release/zabbench}

fail() { echo "install: $*" >&2; exit 1; }

bash_completion=$root/share/bash-completion/completions/zabbench
zsh_completion=$root/share/zsh/site-functions/_zabbench
fish_completion=$root/share/fish/vendor_completions.d/zabbench.fish

if [ "${1:-}" = --remove ]; then
    rm -f "$root/bin/zabbench" "$bash_completion" "$zsh_completion" "$fish_completion" "$root"/share/man/man1/zabbench.1 \
        "$root"/share/man/man1/zabbench-*.1
    rm -rf "$root/share/zabbench" "$root/share/doc/zabbench"
    exit
fi
[ $# -eq 0 ] || { sed -n '2,12p' "$0" >&2; exit 64; }
[ -x "$program" ] || fail "$program is not built; run make build first, or name another with PROGRAM="
command -v python3 >/dev/null || fail "python3 is needed for the manual pages; apt-get install python3"

# Everything that can fail because of the program comes before the first file.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for shell in bash zsh fish; do "$program" --generate-completion-script "$shell" >"$work/$shell"; done
version=$("$program" --version)
"$program" --experimental-dump-help >"$work/help.json"
mkdir "$work/man"
scripts/manual.py "${version#zabbench }" "$work/man" <"$work/help.json"
if command -v strip >/dev/null; then strip --strip-debug -o "$work/zabbench" "$program"; else cp "$program" "$work/zabbench"; fi

install -d "$root" 2>/dev/null || fail "$root cannot be written; use sudo, or PREFIX=\$HOME/.local"
[ -w "$root" ] || fail "$root cannot be written; use sudo, or PREFIX=\$HOME/.local"
# Not over a program that runs: its place is taken by the new one.
install -D -m 755 "$work/zabbench" "$root/bin/zabbench.new"
mv "$root/bin/zabbench.new" "$root/bin/zabbench"
install -D -m 644 "$work/bash" "$bash_completion"
install -D -m 644 "$work/zsh" "$zsh_completion"
install -D -m 644 "$work/fish" "$fish_completion"
install -d "$root/share/man/man1" "$root/share/zabbench/workloads" "$root/share/doc/zabbench"
install -m 644 "$work"/man/*.1 "$root/share/man/man1/"
install -m 644 workloads/* "$root/share/zabbench/workloads/"
for page in README.md LICENSE ARCHITECTURE.md docs; do
    if [ -e "$page" ]; then cp -R "$page" "$root/share/doc/zabbench/"; fi
done
echo "Installed $version in $prefix; its workloads are in $prefix/share/zabbench/workloads."
