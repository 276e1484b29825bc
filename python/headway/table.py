"""Answers as the rows of a table."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from headway.answer import Answer
from headway.errors import ConfigurationError, Error

COLUMNS = {
    "text": "string", "finish_reason": "string", "ending": "string", "model": "string", "prompt_tokens": "int64", "completion_tokens": "int64",
    "cost": "float64", "id": "string", "request_id": "string", "attempts": "int64", "error": "string", "error_kind": "string",
}  # fmt: skip
"""Their names and Arrow's types."""


def to_rows(answers: Iterable[Answer | Exception]) -> list[dict[str, Any]]:
    """A dict for each answer or failure, with the keys of COLUMNS; None where nothing is known.

    ``pandas.DataFrame(headway.to_rows(answers))``, ``polars.DataFrame(headway.to_rows(answers))``.
    """
    return [_of_answer(each) if isinstance(each, Answer) else _of_failure(each) for each in answers]


def to_table(answers: Iterable[Answer | Exception], library: str = "arrow") -> Any:
    """The same as a table with each column's type, whatever is in it: a ``pyarrow.Table``, a ``pandas.DataFrame`` or a
    ``polars.DataFrame``, by ``library``: "arrow", "pandas" or "polars". Needs that library alone.
    """
    if library not in _MAKERS:
        raise ValueError(f"to_table makes tables of 'arrow', 'pandas' or 'polars', and not of {library!r}")
    name, make = _MAKERS[library]
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(f"this table needs {name}: pip install {name}; to_rows needs nothing") from error
    return make(module, to_rows(answers))


def _arrow(arrow: Any, rows: list[dict[str, Any]]) -> Any:
    return arrow.Table.from_pylist(rows, schema=arrow.schema([(name, getattr(arrow, kind)()) for name, kind in COLUMNS.items()]))


def _pandas(pandas: Any, rows: list[dict[str, Any]]) -> Any:
    kinds = {"string": "string", "int64": "Int64", "float64": "Float64"}  # those that know what is missing
    frame = pandas.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.astype({name: kinds[kind] for name, kind in COLUMNS.items()})


def _polars(polars: Any, rows: list[dict[str, Any]]) -> Any:
    kinds = {"string": polars.String, "int64": polars.Int64, "float64": polars.Float64}
    return polars.DataFrame(rows, schema={name: kinds[kind] for name, kind in COLUMNS.items()})


_MAKERS: dict[str, tuple[str, Callable[[Any, list[dict[str, Any]]], Any]]] = {
    "arrow": ("pyarrow", _arrow), "pandas": ("pandas", _pandas), "polars": ("polars", _polars),
}  # fmt: skip


def _of_answer(answer: Answer) -> dict[str, Any]:
    usage = answer.usage_metadata or {}
    told = {
        "text": answer.content, "finish_reason": answer.finish_reason or None, "ending": answer.ending,
        "model": answer.response_metadata["model_name"] or None, "prompt_tokens": usage.get("input_tokens"),
        "completion_tokens": usage.get("output_tokens"), "cost": answer.cost, "id": answer.id,
        "request_id": answer.request_id or None, "attempts": answer.attempts,
    }  # fmt: skip
    return dict.fromkeys(COLUMNS) | told


def _of_failure(failure: Exception) -> dict[str, Any]:
    if not isinstance(failure, Exception):
        raise TypeError(f"a row is made of an answer or an exception, and not of {type(failure).__name__}")
    told: dict[str, Any] = {"error": str(failure), "error_kind": type(failure).__name__}
    if isinstance(failure, Error):
        told |= {
            "error_kind": failure.kind or told["error_kind"], "request_id": failure.request_id or None, "attempts": failure.attempts,
            "prompt_tokens": failure.usage.get("prompt_tokens") or None, "cost": failure.cost,
            "completion_tokens": failure.usage.get("completion_tokens") or None,
        }  # fmt: skip
    return dict.fromkeys(COLUMNS) | told
