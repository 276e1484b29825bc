#!/usr/bin/env python3
"""Proves from the files of a run that nothing was lost, doubled or torn.

    run_checker.py results.jsonl [--input prompts.jsonl | --rows N] [--unfinished]

Reads output, errors file and journal and, of the input, each row's custom_id. As a module: check(...), which raises
Broken with all that is wrong.
"""
import argparse
import csv
import io
import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DONE, INVALID = 1, 3
MOST_SHOWN = 20


class Broken(AssertionError):
    """What is wrong, a line each."""


@dataclass
class Line:
    offset: int
    length: int  # without the line end
    custom_id: str | None
    line: int | None


@dataclass
class Facts:
    """What the files say, for further assertions."""
    done: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    gone: int = 0
    sent_upto: int | None = None
    ids: dict[int, str] = field(default_factory=dict)  # by row number, as the outputs have them


def errors_file(output: Path) -> Path:
    """Always JSON Lines: results.errors.jsonl, of results.csv results.csv.errors.jsonl."""
    return output.with_name((output.stem if output.suffix == ".jsonl" else output.name) + ".errors.jsonl")


def journal_file(output: Path) -> Path:
    return output.with_name(output.name + ".journal")


def hash_of_id(custom_id: str) -> int:
    """FNV-1a of 64 bits, signed as SQLite keeps it."""
    value = 0xCBF29CE484222325
    for byte in custom_id.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    value = value or 1
    return value - (1 << 64) if value >> 63 else value


def json_lines(path: Path, problems: list[str]) -> Iterator[Line]:
    offset = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.endswith(b"\n"):
                problems.append(f"{path.name}:{number}: its last line has no end")
            try:
                value = json.loads(raw)
            except ValueError as error:
                problems.append(f"{path.name}:{number}: no JSON: {error}")
                value = None
            keys = value if isinstance(value, dict) else {}
            yield Line(offset, len(raw.rstrip(b"\n")), keys.get("custom_id"), keys.get("line"))
            offset += len(raw)


def csv_records(path: Path, problems: list[str]) -> Iterator[Line]:
    text = path.read_bytes()
    begin, quoted, header = 0, False, None
    for end, byte in enumerate(text):
        quoted ^= byte == ord('"')
        if byte != ord("\n") or quoted:
            continue
        fields = next(csv.reader(io.StringIO(text[begin:end].decode(), newline="")))
        if header is None:
            header = fields
        elif len(fields) != len(header):
            problems.append(f"{path.name}: {len(fields)} fields at byte {begin}, {len(header)} in the header")
        else:
            values = dict(zip(header, fields))
            line = values.get("line", "")
            yield Line(begin, end - begin, values.get("custom_id"), int(line) if line.isdigit() else None)
        begin = end + 1
    if begin != len(text):
        problems.append(f"{path.name}: its last line has no end")


def output_lines(path: Path, problems: list[str]) -> dict[int, Line]:
    """By offset."""
    if not path.exists():
        return {}
    read = csv_records if path.suffix == ".csv" else json_lines
    return {line.offset: line for line in read(path, problems)}


def input_ids(path: Path) -> list[str]:
    """The rows' custom_ids, as a JSON Lines input names them, else "row-LINE". Blank lines are no rows."""
    ids = []
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            try:
                value = json.loads(raw)
            except ValueError:
                value = None
            named = value.get("custom_id") if isinstance(value, dict) else None
            ids.append(named if isinstance(named, str) else f"row-{number}")
    return ids


def check_row(row: sqlite3.Row, lines: dict[int, Line], name: str, facts: Facts, problems: list[str]) -> None:
    number = row["number"]
    line = lines.pop(row["offset"], None)
    if line is None:
        problems.append(f"row {number}: no line of {name} begins at byte {row['offset']}")
        return
    if line.length != row["length"]:
        problems.append(f"row {number}: its line in {name} has {line.length} bytes, not {row['length']}")
    if line.custom_id is None:
        return  # raw bodies do not say whose they are
    if hash_of_id(line.custom_id) != row["id_hash"] or line.line != row["line"]:
        problems.append(f"row {number}: its line in {name} is of {line.custom_id}, line {line.line}")
    if number >= 0 and row["state"] != INVALID:  # an id that stands twice is why a row is invalid
        facts.ids[number] = line.custom_id


def check_rows(journal: sqlite3.Connection, output: Path, problems: list[str]) -> Facts:
    facts = Facts()
    names = [output, errors_file(output)]
    lines = [output_lines(path, problems) for path in names]
    journal.row_factory = sqlite3.Row
    waiting = {row[0] for row in journal.execute("SELECT number FROM waiting")}
    for row in journal.execute("SELECT * FROM rows ORDER BY number"):
        number, is_done = row["number"], row["state"] == DONE
        if is_done != (row["file"] == 0):
            problems.append(f"row {number}: its state is {row['state']} and its line in {names[row['file']].name}")
        if number < 0:
            facts.gone += 1
        else:
            (facts.done if is_done else facts.failed).add(number)
        if row["offset"] is None:
            facts.waiting.add(number)
        elif row["offset"] < 0:
            problems.append(f"row {number}: its line was lost")
        else:
            check_row(row, lines[row["file"]], names[row["file"]].name, facts, problems)
    if facts.waiting != waiting:
        problems.append(f"{len(facts.waiting ^ waiting)} rows wait without a line, or lines without a row")
    for path, left in zip(names, lines):
        for line in left.values():
            problems.append(f"{path.name}: the line at byte {line.offset} ({line.custom_id}) is of no row in the journal")
    facts.sent_upto = journal.execute("SELECT max(upto) FROM sent").fetchone()[0]
    for file, end in journal.execute("SELECT file, end FROM files"):
        size = names[file].stat().st_size if names[file].exists() else 0
        if size != end:
            problems.append(f"{names[file].name} has {size} bytes, and the journal knows of {end}")
    return facts


def check_ids(facts: Facts, ids: list[str], finished: bool, problems: list[str]) -> None:
    """Each row of the input has one terminal record, and it is its own."""
    ended = facts.done | facts.failed
    beyond = {number for number in ended if number >= len(ids)}
    if beyond:
        problems.append(f"{len(beyond)} rows ended that the input does not have, e.g. {min(beyond)}")
    missing = set(range(len(ids))) - ended
    if finished and missing:
        problems.append(f"{len(missing)} of {len(ids)} rows have not ended, e.g. {min(missing)}")
    for number, custom_id in facts.ids.items():
        if number < len(ids) and ids[number] != custom_id:
            problems.append(f"row {number} is {ids[number]} in the input and {custom_id} in the output")


def check(output: str | os.PathLike[str], ids: Iterable[str] | None = None, *, finished: bool = True,
          same_order: bool = False) -> Facts:
    """Of a run that is not alive now, and was either ended or resumed since it was killed.

    ids: of the input's rows, in its order. finished: all of them have ended. same_order: --ordered was given.
    """
    output = Path(output)
    problems: list[str] = []
    path = journal_file(output).absolute()
    closed = not path.with_name(path.name + "-wal").exists()  # then SQLite need make no files beside it
    journal = sqlite3.connect(f"{path.as_uri()}?{'immutable=1' if closed else 'mode=ro'}", uri=True)
    try:
        facts = check_rows(journal, output, problems)
        if same_order:
            for (file,) in journal.execute("SELECT DISTINCT file FROM rows").fetchall():
                order = [n for (n,) in journal.execute(
                    "SELECT number FROM rows WHERE file = ? AND offset >= 0 ORDER BY offset", (file,))]
                if order != sorted(order):
                    problems.append(f"the lines of file {file} are not in the input's order")
    finally:
        journal.close()
    doubled = [key for key, count in Counter(facts.ids.values()).items() if count > 1]
    if doubled:
        problems.append(f"{len(doubled)} custom_ids stand twice, e.g. {doubled[0]}")
    if ids is not None:
        check_ids(facts, list(ids), finished, problems)
    if problems:
        more = [f"and {len(problems) - MOST_SHOWN} more"] if len(problems) > MOST_SHOWN else []
        raise Broken("\n".join(problems[:MOST_SHOWN] + more))
    return facts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--input", type=Path, help="JSON Lines: its custom_ids, else row-LINE")
    parser.add_argument("--rows", type=int, help="instead of --input: so many rows, named row-1 on")
    parser.add_argument("--unfinished", action="store_true", help="rows may be missing")
    parser.add_argument("--ordered", action="store_true", help="lines must stand in the input's order")
    arguments = parser.parse_args()
    ids = input_ids(arguments.input) if arguments.input else None
    if arguments.rows is not None:
        ids = [f"row-{number}" for number in range(1, arguments.rows + 1)]
    try:
        facts = check(arguments.output, ids, finished=not arguments.unfinished, same_order=arguments.ordered)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    print(f"{len(facts.done)} done, {len(facts.failed)} failed, {len(facts.waiting)} waiting, {facts.gone} gone: all whole")
    return 0


if __name__ == "__main__":
    sys.exit(main())
