#!/usr/bin/env python3
"""Reads every CSV file of results folders with pandas and with DuckDB, as users do, and checks the outcome.

    scripts/read-results.py COLUMNS.json FOLDER...

COLUMNS.json is the output of `zabbench columns --json`. For each file both readers must find as many rows as it has lines, and
its columns, all of them declared, and must read each column that has a value as its declared type. Exit code 1, and a line for
each fault.
"""
import csv
import json
import pathlib
import sys

import duckdb
import pandas

# What a column that is declared so may be read as, where it has a value at all. A text may look like anything.
PANDAS = {"number": "iuf", "integer": "iuf", "flag": "bO"}
DUCKDB = {
    "number": {"DOUBLE", "BIGINT"}, "integer": {"BIGINT", "HUGEINT", "UBIGINT"}, "flag": {"BOOLEAN"},
    "time": {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"},
}

# Files of one name may be of two kinds.
declared = {}
for file in json.load(open(sys.argv[1])):
    declared.setdefault(file["file"], []).append({column["name"]: column["type"] for column in file["columns"]})
faults = []
read = {}


def check(path, kinds_of_file):
    def fault(words):
        faults.append(f"{path}: {words}")

    with open(path, newline="") as file:
        lines = list(csv.reader(file))
    if not lines:
        return fault("is empty")
    names, rows = lines[0], lines[1:]
    types = max(kinds_of_file, key=lambda kind: sum(name in kind for name in names))
    unknown = [name for name in names if name not in types]
    # A file that lacks declared columns is of an older version, which may have had others.
    if unknown and set(types) <= set(names):
        fault(f"undeclared columns: {', '.join(unknown)}")
    for line, row in enumerate(rows, 2):
        if len(row) != len(names):
            fault(f"line {line} has {len(row)} cells of {len(names)}")
    frame = pandas.read_csv(path)
    query = "FROM read_csv(?, header = true)"
    (count,) = duckdb.execute("SELECT count(*) " + query, [str(path)]).fetchone()
    try:
        # Every cell is read, and not the sample alone by which it guesses the types.
        duckdb.execute("SELECT max(COLUMNS(*)) " + query, [str(path)]).fetchone()
    except duckdb.Error as error:
        fault(f"DuckDB: {str(error).splitlines()[0]}")
    described = duckdb.execute("DESCRIBE " + query, [str(path)]).fetchall()
    kinds = {row[0]: row[1] for row in described}
    for reader, number, found in (("pandas", len(frame), list(frame.columns)), ("DuckDB", count, list(kinds))):
        if number != len(rows):
            fault(f"{reader} reads {number} rows of {len(rows)}")
        if found != names:
            fault(f"{reader} reads other columns")
    for name in names:
        type_ = types.get(name)
        cells = [row[names.index(name)] for row in rows if len(row) == len(names)]
        # Of a column without a value no reader can know the type.
        if type_ is None or not any(cells):
            continue
        column = frame[name]
        kind = getattr(column.dtype, "kind", "O")
        if type_ in PANDAS and kind not in PANDAS[type_]:
            fault(f"{name} is declared {type_}, but pandas reads {column.dtype}")
        if type_ in DUCKDB and kinds[name] not in DUCKDB[type_]:
            fault(f"{name} is declared {type_}, but DuckDB reads {kinds[name]}")
    read[path.name] = read.get(path.name, 0) + len(rows)


for folder in sys.argv[2:]:
    for path in sorted(pathlib.Path(folder).rglob("*.csv")):
        if path.name in declared:
            check(path, declared[path.name])
for words in faults:
    print("read-results:", words, file=sys.stderr)
for name in sorted(read):
    print(f"{name}: {read[name]:,} rows, pandas {pandas.__version__}, DuckDB {duckdb.__version__}")
missing = sorted(set(declared) - set(read))
if missing:
    print("read-results: no such file in these folders:", ", ".join(missing), file=sys.stderr)
sys.exit(1 if faults or missing or not read else 0)
