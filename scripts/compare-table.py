#!/usr/bin/env python3
"""The table of a compare.csv (scripts/compare.sh): medians of the valid rounds and of the rounds' ratios.

Each with its 95 % interval over the rounds (Student's t on logarithms), by the limit farther from the median, rounded up:
docs/reference/errors.md.
"""
import csv
import math
import statistics
import sys

# Student's t at 0.975, by degrees of freedom; from ten on the difference is below the last digit shown.
T = [0, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["valid"] == "true"]


def figures(system, load, key):
    return [float(r[key]) for r in rows if r["system"] == system and r["load"] == load and r[key]]


def shown(values, digits):
    if not values:
        return "-"
    median = statistics.median(values)
    text = f"{median:,.{digits}f}"
    if len(values) < 2:
        return text + " (one round)"
    logs = [math.log(value) for value in values]
    reach = T[min(len(logs) - 1, 10)] * statistics.stdev(logs) / math.sqrt(len(logs))
    low, high = (math.exp(statistics.mean(logs) + side * reach) for side in (-1, 1))
    return f"{text} ±{math.ceil(100 * max(high - median, median - low) / median)} %"


titles = ("load", "system", "rounds", "writes/s", "p50 us", "p99 us", "CPU us/write", "zabbench/this")
lines = [titles]
for load in ("saturation", "serial"):
    ours = {r["round"]: float(r["achieved_per_s"]) for r in rows if r["system"] == "zabbench" and r["load"] == load}
    for system in ("zabbench", "zookeeper", "yardstick"):
        speed = figures(system, load, "achieved_per_s")
        if not speed:
            continue
        ratios = [
            ours[r["round"]] / float(r["achieved_per_s"])
            for r in rows
            if r["system"] == system and r["load"] == load and r["round"] in ours
        ]
        lines.append((
            load, system, str(len(speed)), shown(speed, 0), shown(figures(system, load, "response_p50_us"), 0),
            shown(figures(system, load, "response_p99_us"), 0), shown(figures(system, load, "cpu_us_per_write"), 1),
            "1" if system == "zabbench" else shown(ratios, 2),
        ))
widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
for line in lines:
    cells = [cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths))]
    print("  ".join(cells).rstrip())
