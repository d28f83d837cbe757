#!/usr/bin/env python3
"""Ratios of each log of a results folder to a baseline, within each round: median and range, as a Markdown table.

    scripts/paired-ratios.py results/reference/fsync-default [strategy] [batching]

Rows of one repeat were made in one shuffled round, so a drift of the machine is in both sides of a ratio.
"""
import csv
import statistics
import sys

FIGURES = [
    ("saturation", "achieved_per_s", "saturation: writes/s"), ("saturation", "response_p99_us", "p99"),
    ("serial", "response_p50_us", "serial: p50"),
    ("steady", "response_p50_us", "steady: p50"), ("steady", "response_p99_us", "p99"),
]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    base = tuple((sys.argv[2:] + ["fdatasync_recycled", "natural"][len(sys.argv) - 2:])[:2])
    try:
        with open(sys.argv[1] + "/summary.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["valid"] == "true"]
    except OSError as error:
        sys.exit(f"paired-ratios: {error.filename}: {error.strerror}; name a results folder")
    runs = {(row["fsync_strategy"], row["batch_policy"], row["point"], row["repeat"]): row for row in rows}
    logs = list(dict.fromkeys(sorted(key[:2] for key in runs if key[:2] != base)))
    print("| Instead of " + ", ".join(base) + " | " + " | ".join(title for _, _, title in FIGURES) + " |")
    print("|---" * (len(FIGURES) + 1) + "|")
    for log in logs:
        cells = []
        for point, column, _ in FIGURES:
            ratios = [
                float(row[column]) / float(runs[base + key[2:]][column])
                for key, row in runs.items()
                if key[:2] == log and key[2] == point and base + key[2:] in runs
            ]
            text = "-"
            if ratios:
                text = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
            cells.append(text)
        print("| " + ", ".join(log) + " | " + " | ".join(cells) + " |")


main()
