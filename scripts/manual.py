#!/usr/bin/env python3
"""Writes zabbench's manual pages, one for the program and one for each command, from what it says of itself.

    zabbench --experimental-dump-help | scripts/manual.py VERSION FOLDER

Standard library only. Dates come from SOURCE_DATE_EPOCH where it is set, so that packages can be built again alike.
"""

import datetime
import json
import os
import re
import sys


def escape(text):
    """Text as roff prints it: backslashes, hyphens that can be copied, and no line that looks like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def is_literal(line):
    """Examples, lists and their continuations, which keep their line ends."""
    return line.startswith(("zabbench ", "  ", "<!--"))


def prose(text):
    """A discussion: paragraphs are filled, examples stay as they are."""
    out = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.split("\n")
        out.append(".PP")
        literal = False
        for line in lines:
            if is_literal(line) != literal:
                literal = not literal
                out.append(".nf" if literal else ".fi")
            out.append(escape(line))
        if literal:
            out.append(".fi")
    return "\n".join(out)


def spelling(argument):
    """`--set key=value`, `-h, --help`, or `workload`."""
    if argument["kind"] == "positional":
        return f"\\fI{escape(argument.get('valueName', 'value'))}\\fR"
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    text = ", ".join(f"\\fB{escape(name)}\\fR" for name in names)
    if argument["kind"] == "option":
        text += f" \\fI{escape(argument.get('valueName', 'value'))}\\fR"
    return text


def synopsis(path, command):
    parts = [f".B {escape(' '.join(path))}"]
    shown = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    if any(a["kind"] != "positional" for a in shown):
        parts.append("[\\fIoptions\\fR]")
    for argument in shown:
        if argument["kind"] != "positional":
            continue
        text = spelling(argument) + (" ..." if argument.get("isRepeating") else "")
        parts.append(f"[{text}]" if argument.get("isOptional") or "defaultValue" in argument else text)
    if visible(command):
        parts.append("\\fIcommand\\fR")
    return "\n".join(parts)


def visible(command):
    return [c for c in command.get("subcommands", []) if c.get("shouldDisplay", True) and c["commandName"] != "help"]


def arguments(command):
    out = []
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True):
            continue
        out += [".TP", spelling(argument)]
        text = argument.get("abstract", "")
        if "defaultValue" in argument:
            text += f" (default: {argument['defaultValue']})"
        if argument.get("discussion"):
            text += " " + " ".join(argument["discussion"].split())
        out.append(escape(text.strip()) or "\\&")
    return "\n".join(out)


def page(path, command, version, date):
    name = "-".join(path)
    out = [f'.TH {escape(name.upper())} 1 "{date}" "zabbench {escape(version)}" "zabbench"']
    abstract = command.get("abstract", "").rstrip(".")
    out += [".SH NAME", f"{escape(name)} \\- {escape(abstract[:1].lower() + abstract[1:])}"]
    out += [".SH SYNOPSIS", synopsis(path, command)]
    if command.get("discussion"):
        out += [".SH DESCRIPTION", prose(command["discussion"])]
    if any(a.get("shouldDisplay", True) for a in command.get("arguments", [])):
        out += [".SH OPTIONS", arguments(command)]
    below = visible(command)
    if below:
        out.append(".SH COMMANDS")
        for one in below:
            out += [".TP", f"\\fB{escape(one['commandName'])}\\fR", escape(one.get("abstract", ""))]
    pages = [f"{'-'.join(path)}-{c['commandName']}" for c in below] if below else ["zabbench"]
    out += [".SH SEE ALSO"] + [f".BR {escape(p)} (1){',' if p != pages[-1] else ''}" for p in pages]
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    version, folder = sys.argv[1:]
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp()))
    date = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%d")
    waiting = [(["zabbench"], json.load(sys.stdin)["command"])]
    while waiting:
        path, command = waiting.pop()
        with open(os.path.join(folder, "-".join(path) + ".1"), "w", encoding="utf-8") as file:
            file.write(page(path, command, version, date))
        waiting += [(path + [below["commandName"]], below) for below in visible(command)]
    return 0


if __name__ == "__main__":
    sys.exit(main())
