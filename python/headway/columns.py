"""Rows of a table into those of a run, and a run's lines into columns."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

ADDED = ("answer", "error")
"""The columns that a run adds."""


def answer_of(line: Mapping[str, Any], select: str) -> str | None:
    """What an output's line has as its answer. ``select``: "text" or "json"."""
    return text_of(line.get(select))


def error_of(line: Mapping[str, Any]) -> str | None:
    """What an errors file's line says; None: the row is done."""
    error = line.get("error")
    return None if error is None else str(error["message"])


def text_of(value: Any) -> str | None:
    """A text as it is, anything else as its JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def row_json(row: dict[str, Any]) -> str:
    """One line. What JSON has no form for becomes text."""
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_without_nan(row), ensure_ascii=False, default=str)


def _without_nan(value: Any) -> Any:
    """JSON has neither NaN nor infinity."""
    if isinstance(value, dict):
        return {key: _without_nan(field) for key, field in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
