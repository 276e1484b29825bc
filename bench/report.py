"""The rows of a run as tables: by case, by size, and against the budgets."""
from collections.abc import Iterable
from dataclasses import dataclass

from files import FileRuns


@dataclass
class Row:
    case: str
    in_flight: int
    client: str
    protocol: str
    note: str = ""  # why there are no figures, or what is wrong with them
    ok: int = 0
    failed: int = 0
    wall_s: float | None = None
    cpu_us: float | None = None  # a call, or a streamed event, less what the program's start takes
    cpu_ratio: float | None = None  # to the limit of the same case and protocol
    wall_ratio: float | None = None
    peak_mb: float | None = None
    kb_in_flight: float | None = None  # a call, less what the program takes with one


@dataclass
class Budget:
    what: str
    case: str  # what its name begins with
    client: str
    protocol: str
    figure: str  # a field of Row
    most: float


BUDGETS = [
    Budget("CPU a call, HTTP/2: ≤ 2 × h2load", "answers at once", "headway gather", "h2c", "cpu_ratio", 2),
    Budget("CPU a call, HTTP/1.1: ≤ 2 × wrk", "answers at once", "headway gather", "HTTP/1.1", "cpu_ratio", 2),
    Budget("10,000 calls of 1 s: ≤ 1.1 × h2load's time", "1 s answers, 10,000", "headway gather", "h2c", "wall_ratio", 1.1),
    Budget("memory a call in flight, HTTP/2: ≤ 3 KB", "1 s answers, 10,000", "headway gather", "h2c", "kb_in_flight", 3),
    Budget("memory a call in flight, HTTP/1.1: ≤ 8 KB", "1 s answers, 10,000", "headway gather", "HTTP/1.1", "kb_in_flight", 8),
    Budget("memory a call in flight, HTTP/1.1 over TLS: ≤ 100 KB", "1 s answers, 1,000", "headway gather", "HTTP/1.1 TLS",
           "kb_in_flight", 100),
    Budget("CPU a streamed event, HTTP/2: ≤ 2 × h2load", "1,000 streams", "headway stream", "h2c", "cpu_ratio", 2),
    Budget("CPU a streamed event, HTTP/1.1: ≤ 2 × h2load", "1,000 streams", "headway stream", "HTTP/1.1", "cpu_ratio", 2),
]


def number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def lines_of(head: list[str], body: Iterable[list[str]], words: int) -> list[str]:
    """A table; the first `words` columns, and the last one where its head is empty, are text."""
    rules = ["---" if n < words or not name else "--:" for n, name in enumerate(head)]
    return ["| " + " | ".join(cells) + " |" for cells in [head, rules, *body]]


def by_case(rows: list[Row]) -> list[str]:
    lines = []
    for case in dict.fromkeys(row.case for row in rows):
        unit = "an event" if "events" in case else "a call"
        head = ["client", "protocol", "answered", "seconds", "× limit's", f"CPU µs {unit}", "× limit's",
                "KB a call in flight", "peak MB", ""]
        body = [[row.client, row.protocol, f"{row.ok:,}" if row.peak_mb else "", number(row.wall_s, 2),
                 number(row.wall_ratio, 2), number(row.cpu_us, 1), number(row.cpu_ratio, 2), number(row.kb_in_flight, 1),
                 number(row.peak_mb, 0), row.note] for row in rows if row.case == case]
        lines += ["", f"**{case}**", "", *lines_of(head, body, 2)]
    return lines


def by_size(rows: list[Row]) -> list[str]:
    """headway's own cost as more calls are in flight: flat a call, straight in memory."""
    sized = [row for row in rows if row.client == "headway gather" and row.case.startswith("1 s") and row.cpu_us]
    head = ["headway gather, 1 s answers", "in flight", "seconds", "CPU µs a call", "KB a call in flight", "peak MB"]
    body = [[row.protocol, f"{row.in_flight:,}", number(row.wall_s, 2), number(row.cpu_us, 1), number(row.kb_in_flight, 1),
             number(row.peak_mb, 0)] for row in sorted(sized, key=lambda row: row.protocol)]
    return ["", "**Cost against size**", "", *lines_of(head, body, 1)] if body else []


def against_budgets(rows: list[Row]) -> list[str]:
    body = []
    for budget in BUDGETS:
        for row in rows:
            found = getattr(row, budget.figure)
            if (row.client, row.protocol) == (budget.client, budget.protocol) and row.case.startswith(budget.case) \
                    and found is not None:
                holds = found <= budget.most and not row.failed
                body.append([budget.what, number(found, 2), "holds" if holds else "missed"])
    return ["", "**Budgets**", "", *lines_of(["budget", "measured", ""], body, 1)] if body else []


def machine_line(machine: dict) -> str:
    versions = ", ".join(f"{name} {machine[name]}" for name in ("nginx", "h2load", "wrk", "Python", "Node", "Go"))
    return (f"Measured on {machine['date']}: {machine['processors']} × {machine['processor']}, {machine['memory_gb']} GB, "
            f"Linux {machine['kernel']}; {versions}")


def text(machine: dict, rows: list[Row]) -> str:
    return "\n".join([machine_line(machine), *by_case(rows), *by_size(rows), *against_budgets(rows)])


def file_budgets(runs: FileRuns) -> list[str]:
    """Each of `headway run`'s figures that has a budget, at its worst."""
    ours = [row for row in runs.rows if row.client.startswith("headway run") and not row.note]
    by_rows = {(row.rows, row.count): row.peak_mb or 0 for row in ours}
    most = max((count for _, count in by_rows), default=0)
    # The ids of a whole input are held against each other, at 8 bytes a row; that is allowed for.
    grown = [peak - 8 * most / 2**20 - min(by_rows[kind, count] for other, count in by_rows if other == kind)
             for (kind, rows), peak in by_rows.items() if rows == most]
    figures = [
        ("CPU a row: ≤ 2 × headway bench's a call", max((row.cpu_ratio or 0 for row in ours), default=None), 2.0),
        ("peak memory: ≤ 256 MB", max(by_rows.values(), default=None), 256.0),
        ("memory that grows with the rows, without their ids: ≤ 8 MB", max(grown, default=None), 8.0),
    ]
    starts = [start for start in runs.starts if start.client == "headway run"]
    for start in starts:
        most_s = 5.0 if start.what.startswith("resume") else 0.05
        figures.append((f"first call, {start.what}: ≤ {most_s:g} s", start.seconds, most_s))
    body = [[what, number(found, 2 if found > 1 else 3), "holds" if found <= most else "missed"]
            for what, found, most in figures if found is not None]
    return ["", *lines_of(["budget", "measured", ""], body, 1)] if body else []


def files_text(runs: FileRuns) -> str:
    head = ["client", "rows of 300 bytes", "rows", "answered", "seconds", "CPU µs a row", "× headway bench's", "peak MB", ""]
    body = [[row.client, row.rows, f"{row.count:,}", f"{row.answered:,}", number(row.seconds, 1), number(row.cpu_us, 1),
             number(row.cpu_ratio, 2), number(row.peak_mb, 0), row.note] for row in runs.rows]
    starts = [[start.client, start.what, number(start.seconds, 3)] for start in runs.starts]
    return "\n".join(["", "**Files of rows, 64 in flight, answers at once**", "", *lines_of(head, body, 2), "",
                      *lines_of(["client", "to the first call", "seconds"], starts, 2), *file_budgets(runs)])
