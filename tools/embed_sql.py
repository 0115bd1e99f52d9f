#!/usr/bin/env python3
"""Turns a module's SQL into C++: tools/embed_sql.py MODULE FOLDER HEADER.

queries.sql holds statements, each below a line `-- name: find_delivery`; where the engines must differ the
statement stands twice, `-- name: claim [sqlite]` and `-- name: claim [postgresql]`. They become
`inline constexpr store::Query find_delivery` in namespace rapport::MODULE::sql, and `all` lists them.
schema/NNNN_what.sql are forward-only migrations; they become `inline constexpr store::Migration migrations[]`.
"""
import pathlib
import re
import sys

NAME = re.compile(r"^--\s*name:\s*([a-z][a-z0-9_]*)(?:\s*\[(sqlite|postgresql)\])?\s*$")


def queries(path):
    found, name, engine, lines = {}, None, None, []

    def close():
        if name is None:
            return
        text = "\n".join(l for l in lines if not l.lstrip().startswith("--")).strip().rstrip(";")
        if not text:
            sys.exit(f"{path}: query {name} is empty")
        entry = found.setdefault(name, {})
        for e in [engine] if engine else ["sqlite", "postgresql"]:
            if e in entry:
                sys.exit(f"{path}: query {name} is given twice for {e}")
            entry[e] = text

    for line in path.read_text(encoding="utf-8").splitlines():
        match = NAME.match(line)
        if match:
            close()
            name, engine, lines = match.group(1), match.group(2), []
        elif name is not None:
            lines.append(line)
    close()
    for name, entry in found.items():
        if len(entry) != 2:
            sys.exit(f"{path}: query {name} lacks one engine's variant")
    return found


def literal(text):
    return 'R"sql(' + text + ')sql"'


def main():
    module, folder, header = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    out = [f"// Generated from src/{module}/**/*.sql by tools/embed_sql.py.", "#pragma once",
           '#include "store/query.hpp"', "", f"namespace rapport::{module}::sql {{"]
    names = []
    for path in sorted(folder.rglob("queries.sql")):
        for name, entry in queries(path).items():
            names.append(name)
            out.append(f'inline constexpr store::Query {name}{{"{module}.{name}",\n    '
                       f'{literal(entry["sqlite"])},\n    {literal(entry["postgresql"])}}};')
    if names:
        out.append("// For store::check_queries().")
        out.append("inline constexpr store::Query const* all[] = {" + ", ".join("&" + n for n in names) + "};")
    migrations = sorted(folder.rglob("schema/*.sql"), key=lambda p: p.name)
    numbers = [int(p.name[:4]) for p in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        sys.exit(f"{folder}/schema: migrations must be numbered 0001, 0002, … without a gap; found {numbers}")
    if migrations:
        out.append("inline constexpr store::Migration migrations[] = {")
        for number, path in zip(numbers, migrations):
            out.append(f'    {{"{module}", {number}, "{path.stem[5:]}",\n    {literal(path.read_text(encoding="utf-8"))}}},')
        out.append("};")
    out.append(f"}}  // namespace rapport::{module}::sql\n")
    header.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(out)
    if not header.exists() or header.read_text(encoding="utf-8") != text:
        header.write_text(text, encoding="utf-8")


main()
