#!/usr/bin/env python3
"""rapport(1) from what `rapport --help` says: one list of commands, in the program. man.py PROGRAM VERSION > rapport.1"""
import re
import subprocess
import sys


def escaped(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("…", "...")


def commands(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    for name, summary, usage in re.findall(r"^  (\S+) +(.+)\n +(rapport .+)$", text, re.M):
        yield name, summary, usage


program, version = sys.argv[1:]
lines = [f'.TH RAPPORT 1 "" "rapport {version}" "User Commands"', ".SH NAME", "rapport \\- registered electronic delivery, with evidence that anybody can verify",
         ".SH SYNOPSIS", ".B rapport", ".I COMMAND", "[...]", ".SH DESCRIPTION",
         "One program: the server, and the commands that work beside it on the same data.",
         "Commands read ./rapport.toml if it is there, else /etc/rapport/rapport.toml; run them as the user of the service.", ".SH COMMANDS"]
for name, summary, usage in commands(program):
    lines += [".TP", f".B {escaped(usage)}", escaped(summary[0].upper() + summary[1:]) + "."]
lines += [".SH EXIT STATUS", "0 done; 1 it failed, and standard error says why; 2 called wrongly; 3 verify, fsck or backup verify found something.",
          ".SH FILES", ".TP", ".I /etc/rapport/rapport.toml", "The configuration; rapport config \\-\\-reference lists every setting.",
          ".TP", ".I /var/lib/rapport", "Database, contents and keys.", ".SH SIGNALS",
          "SIGTERM ends the server after the requests under way; SIGHUP makes it read its TLS certificate again."]
print("\n".join(lines))
