"""What notebooks show of a cell's value: a client's figures as tables, a run's report as its page."""

from __future__ import annotations

from html import escape
from typing import Any

_PAGE_HEIGHT = 640


class Stats(dict[str, Any]):
    """A client's figures, by the names of ``headway::ClientStats``."""

    def _repr_html_(self) -> str:
        return table(("", ""), [(name, value) for name, value in self.items()])


class Spend(list[dict[str, Any]]):
    """What was used and what it cost: a dict for each endpoint, model and service tier."""

    def _repr_html_(self) -> str:
        names = list(self[0]) if self else ["nothing was used"]
        return table(names, [[row[name] for name in names] for row in self])


def table(names: Any, rows: Any) -> str:
    """All of it as text: a model's name may be anything."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"<td>{'' if value is None else escape(str(value))}</td>"
    return f'<td style="text-align: right">{value:,.6g}</td>' if isinstance(value, float) else f'<td style="text-align: right">{value:,}</td>'


def framed(page: str) -> str:
    """A page with styles of its own, which neither takes nor gives any, and runs nothing."""
    return f'<iframe srcdoc="{escape(page)}" sandbox style="width: 100%; height: {_PAGE_HEIGHT}px; border: 0"></iframe>'
