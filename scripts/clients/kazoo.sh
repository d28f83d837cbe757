#!/usr/bin/env bash
# kazoo's own suite (Python): the tests of the source package on PyPI, which start three servers themselves.
#
# KAZOO_TESTS names files or tests of it instead of all, separated by spaces.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

version=2.11.0
# The suite makes its certificates with an interface that pyOpenSSL has dropped since.
need_python "kazoo==$version" 'pyopenssl<24' pyjks pure_sasl objgraph gevent eventlet pytest pytest-timeout setuptools wheel
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: \
    --dest "$work" "kazoo==$version" >"$work/pip.log" 2>&1 || missing "PyPI does not give the source of kazoo $version"
tar -xzf "$work"/kazoo-"$version".tar.gz -C "$work"
stand_in

tests=()
for test in ${KAZOO_TESTS:-kazoo/tests}; do tests+=("$test"); done
# Without CI: the suite leaves out a few tests there. Its servers write their data into TMPDIR.
mkdir "$work/tmp"
(cd "$work/kazoo-$version" && env -u CI TMPDIR="$work/tmp" ZOOKEEPER_VERSION=3.8.0 ZOOKEEPER_CLASSPATH="$jars" \
    ZOOKEEPER_PORT_OFFSET="$(free_range 30)" "$python" -m pytest -q -W ignore -p no:cacheprovider -o log_cli=false \
    --timeout 120 --junitxml "$work/kazoo.xml" "${tests[@]}" >"$work/kazoo.log" 2>&1) || true
[[ -s $work/kazoo.xml ]] || { tail -n 20 "$work/kazoo.log" >&2; exit 1; }

"$python" - "$work/kazoo.xml" >>"$results" <<'PYTHON'
import sys, xml.etree.ElementTree as xml
for case in xml.parse(sys.argv[1]).iter("testcase"):
    name = case.get("classname").removeprefix("kazoo.tests.") + "." + case.get("name")
    problem = next((case.find(kind) for kind in ("error", "failure") if case.find(kind) is not None), None)
    skipped = case.find("skipped")
    if problem is not None:
        print("fail", name, (problem.get("message") or "").splitlines()[0][:160], sep="\t")
    elif skipped is not None:
        print("skip", name, skipped.get("message"), sep="\t")
    else:
        print("pass", name, "", sep="\t")
PYTHON
verdict
