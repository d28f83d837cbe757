#!/usr/bin/env bash
# kazoo's own suite (Python): the tests of the source package on PyPI, which start three servers themselves.
#
# KAZOO_TESTS names files or tests of it instead of all, separated by spaces.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

version=2.11.0
need_room 2000
# The suite makes its certificates with an interface that pyOpenSSL has dropped since.
need_python "kazoo==$version" 'pyopenssl<24' pyjks pure_sasl objgraph gevent eventlet pytest pytest-timeout setuptools wheel
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: \
    --dest "$work" "kazoo==$version" >"$work/pip.log" 2>&1 || missing "PyPI does not give the source of kazoo $version"
tar -xzf "$work"/kazoo-"$version".tar.gz -C "$work"
stand_in

# Parts at once, each with servers of its own: most of the time the suite sleeps. Without CI, since the suite leaves out a
# few tests there. Its servers write their data into TMPDIR.
run_part() { # number, tests of it ...
    local part=$1; shift
    mkdir "$work/tmp$part"
    (cd "$work/kazoo-$version" && exec env -u CI TMPDIR="$work/tmp$part" ZOOKEEPER_VERSION=3.8.0 ZOOKEEPER_CLASSPATH="$jars" \
        ZOOKEEPER_PORT_OFFSET="$(free_range 30)" "$python" -m pytest -q -W ignore -p no:cacheprovider -o log_cli=false \
        -o addopts= --timeout 120 --junitxml "$work/kazoo$part.xml" "$@" >"$work/kazoo$part.log" 2>&1) &
    # By its process id it ends with the script, which Ctrl-C alone does not do to it.
    remember $!
    wait $! || true
    [[ -s $work/kazoo$part.xml ]] || { tail -n 20 "$work/kazoo$part.log" >&2; record fail "the suite ends" "see kazoo$part.log with --keep"; }
}
if [[ -n ${KAZOO_TESTS:-} ]]; then
    read -r -a tests <<<"$KAZOO_TESTS"
    run_part 1 "${tests[@]}"
else
    half=(kazoo/tests/test_{client,eventlet_handler,gevent_handler}.py)
    run_part 1 "${half[@]}" &
    first=$!
    run_part 2 kazoo/tests "${half[@]/#/--ignore=}" --ignore=kazoo/tests/test_sasl.py
    # A server without SASL, ZooKeeper's as well, answers with an empty token, and the client then waits for ever.
    if [[ $system == zookeeper ]]; then
        run_part 3 kazoo/tests/test_sasl.py
    else
        for test in $(cd "$work/kazoo-$version" && "$python" -m pytest -q --collect-only -o addopts= kazoo/tests/test_sasl.py | grep ::); do
            name=$(sed 's|.*/||; s|\.py||; s|::|.|g' <<<"$test")
            case $test in
                *GSSAPI*) record skip "$name" "it takes a Kerberos server" ;;
                *) record fail "$name" "not run" ;;
            esac
        done
    fi
    wait "$first"
fi

# The results of a part as lines of $results.
cat >"$work/lines.py" <<'PYTHON'
import sys, xml.etree.ElementTree as xml
for case in (case for file in sys.argv[1:] for case in xml.parse(file).iter("testcase")):
    name = case.get("classname").removeprefix("kazoo.tests.") + "." + case.get("name")
    problem = next((case.find(kind) for kind in ("error", "failure") if case.find(kind) is not None), None)
    skipped = case.find("skipped")
    if problem is not None:
        print("fail", name, ((problem.get("message") or "").splitlines() or [""])[0][:160], sep="\t")
    elif skipped is not None:
        print("skip", name, skipped.get("message"), sep="\t")
    else:
        print("pass", name, "", sep="\t")
PYTHON
"$python" "$work/lines.py" "$work"/kazoo[123].xml >>"$results"

# The suite gives a server that restarts 5 seconds, and its clients as little: what failed without being expected to gets a second
# try alone.
again=$(unexpected | grep '^test_' | head -n 10) || true
if [[ -n $again ]]; then
    run_part 4 $(sed -E 's|^([^.]+)\.([^.]+)\.|kazoo/tests/\1.py::\2::|' <<<"$again")
    "$python" "$work/lines.py" "$work/kazoo4.xml" >"$work/again"
    second_results "$work/again"
fi
verdict
