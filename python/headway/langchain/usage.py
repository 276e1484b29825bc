"""Sums of what the provider counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def add_up(usages: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """One ``token_usage`` for many; details are added name by name."""
    total: dict[str, Any] = {}
    for usage in usages:
        for name, count in (usage or {}).items():
            if isinstance(count, Mapping):
                total[name] = add_up([total.get(name), count])
            elif isinstance(count, (int, float)):
                total[name] = total.get(name, 0) + count
    return total
