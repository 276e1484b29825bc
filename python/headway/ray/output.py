"""Whose output a folder is: one run's, and no other's."""

from __future__ import annotations

import contextlib
import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import ray
from pyarrow.fs import FileType
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from headway.errors import ConfigurationError
from headway.ray.limit import NAMESPACE
from headway.ray.store import Store, filesystem


def store_of(output: str) -> str:
    return f"{output.rstrip('/')}.headway"


class _Holder:
    """Lives as long as a run, under the name of its output."""

    def is_there(self) -> bool:
        return True


@contextlib.contextmanager
def alone(output: str) -> Iterator[None]:
    """No other run of this cluster has that output meanwhile."""
    files, path = filesystem(output)
    name = "run-" + hashlib.sha256(f"{files.type_name} {path}".encode()).hexdigest()[:16]
    try:
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)  # no other node's death ends it
        holder = ray.remote(_Holder).options(name=name, namespace=NAMESPACE, num_cpus=0, scheduling_strategy=here).remote()
    except ValueError as error:
        raise ConfigurationError(f"another run is writing {output}: wait for its end, or name another output") from error
    try:
        ray.get(holder.is_there.remote())
        yield
    finally:
        ray.kill(holder)


def claim(store: Store, output: str, asked: Mapping[str, Any], fresh: bool) -> None:
    """The store is from here on that of a run which asks so. ``fresh`` moves another's aside. Raises ConfigurationError."""
    before = store.settings()
    if before is None:
        files, inner = filesystem(output)
        if files.get_file_info(inner).type != FileType.NotFound:
            raise ConfigurationError(f"{output} is there, and is no output of headway's: name another, or move it away")
    elif fresh:
        _move_aside(store, output)
    elif changed := [name for name in {**before, **asked} if before.get(name) != asked.get(name)]:
        raise ConfigurationError(
            f"{output} was begun with another {' and '.join(sorted(changed))}: name another output, or say fresh=True, which moves "
            "its answers aside"
        )
    else:
        return
    store.make()
    store.write_settings(dict(asked))


def _move_aside(store: Store, output: str) -> None:
    name = f"{posixpath.basename(output.rstrip('/'))}.{datetime.now():%Y%m%d-%H%M%S}.headway"
    try:
        store.move_aside(name)
    except OSError as error:
        raise ConfigurationError(f"{output}.headway cannot be moved aside ({error}): name another output") from error
