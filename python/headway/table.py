"""Answers as the rows of a table."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
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


def to_table(answers: Iterable[Answer | Exception]) -> Any:
    """The same as a ``pyarrow.Table``, with each column's type whatever is in it. Needs pyarrow.

    ``.to_pandas()`` and ``polars.from_arrow(...)`` go on from there.
    """
    try:
        arrow = importlib.import_module("pyarrow")
    except ImportError as error:
        raise ConfigurationError("to_table needs pyarrow: pip install pyarrow; to_rows needs nothing") from error
    schema = arrow.schema([(name, getattr(arrow, type)()) for name, type in COLUMNS.items()])
    return arrow.Table.from_pylist(to_rows(answers), schema=schema)


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
