#!/usr/bin/env python3
"""Runs the examples of docs/guides/reading-results.md against results/reference, as the page prints them.

    scripts/docs-examples.py [PAGE]

Blocks of python and sql are run with pandas and DuckDB, blocks of r where Rscript is installed. Each must end well and print
a table with a number in it. A line for each example; exit code 1 if one fails, or if the page has none of python or of sql.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SQL = "import duckdb, sys; duckdb.sql(sys.stdin.read()).show(max_rows=20)"


def command(kind):
    """What runs a block of this kind from standard input; None for other kinds, [] for what is not installed."""
    if kind == "python":
        return [sys.executable, "-"]
    if kind == "sql":
        return [sys.executable, "-c", SQL]
    if kind == "r":
        return ["Rscript", "--vanilla", "-"] if shutil.which("Rscript") else []
    return None


def blocks(text):
    """-> (line, kind, code) of each fenced block"""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, match.start()) + 1, match[1], match[2]


def main():
    page = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/guides/reading-results.md"
    failed, ran = 0, {"python": 0, "sql": 0, "r": 0}
    for line, kind, code in blocks(page.read_text()):
        run = command(kind)
        if run is None:
            continue
        place = f"{page.name}:{line}: {kind}"
        if not run:
            print(f"{place}: skipped, no Rscript (apt-get install r-base-core)")
            continue
        result = subprocess.run(run, input=code, cwd=ROOT, capture_output=True, text=True)
        ran[kind] += 1
        if result.returncode != 0:
            failed += 1
            print(f"docs-examples: {place}: {(result.stderr.strip().splitlines() or ['failed'])[-1]}", file=sys.stderr)
        elif result.stdout.count("\n") < 3 or not re.search(r"\d", result.stdout):
            failed += 1
            print(f"docs-examples: {place}: printed no table", file=sys.stderr)
        else:
            lines = result.stdout.count("\n")
            print(f"{place}: ok, {lines} lines")
    for kind in ("python", "sql"):
        if ran[kind] == 0:
            failed += 1
            print(f"docs-examples: {page}: no example of {kind}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
