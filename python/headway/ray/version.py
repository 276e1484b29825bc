"""Whether Ray is there."""

from __future__ import annotations

import importlib

from headway.errors import ConfigurationError

OLDEST = (2, 60)  # what the tests run with


def require_ray() -> None:
    """Raises ConfigurationError: no Ray, none with Ray Data, or an older one."""
    wanted = ".".join(map(str, OLDEST))
    try:
        version = str(importlib.import_module("ray").__version__)
        importlib.import_module("ray.data")
    except ImportError as error:
        raise ConfigurationError(f"headway.ray needs Ray Data from {wanted} on: pip install 'ray[data]>={wanted}' pyarrow ({error})") from error
    if _numbers(version) < OLDEST:
        raise ConfigurationError(f"headway.ray needs Ray from {wanted} on, and this is {version}: pip install -U 'ray[data]'")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
