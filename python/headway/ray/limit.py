"""One limit for all workers: an actor leases shares of it, and each worker renews its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from headway import _core
from headway.ray.figures import Figures

NAMESPACE = "headway"
_UNUSED_FOR = 60.0  # seconds, then the actor ends
_ANSWER_WITHIN = 1.0  # seconds; a lease lasts longer
_NOTHING = {"requests": 0.0, "tokens": 0.0, "concurrency": 0}
_MINUTE = 60.0

Told = dict[str, Any]
"""What a worker tells when it renews: its "demand", the lease that it has "held", the "limits" it has read and those that are
"set", by the second, and its "totals" up to now."""


class Limit:
    """The actor. It holds no limit itself: each worker knows it, by its settings or from headers that any of them has seen."""

    def __init__(self, concurrency: int) -> None:
        context = ray.get_runtime_context()
        self._book = _core.LeaseBook(concurrency, context.was_current_actor_reconstructed)
        self._name = uuid.uuid4().hex  # another one after a restart, which knows nothing of what was told before
        self._figures = Figures()
        self._limits: dict[str, tuple[dict[str, Any], float]] = {}  # by endpoint and model, and when it was told
        self._renewed = monotonic()
        self._lock = threading.Lock()
        threading.Thread(target=self._end_unused, args=(context.current_actor,), daemon=True).start()

    def renew(self, worker: str, told: Told) -> dict[str, Any]:
        """A lease, with the limits that others have learned."""
        with self._lock:
            self._renewed = now = monotonic()
            self._figures.tell(worker, told, now)
            for limit in told["limits"]:
                name = f"{limit['endpoint']} {limit['model']}"
                known, _ = self._limits.get(name, (limit, now))
                self._limits[name] = (_core.newer_limits(known, limit), now)
            lease = self._book.renew(worker, told["demand"], told["held"], now)
            return {"lease": lease, "actor": self._name, "limits": [_as_of(now, limit, at) for limit, at in self._limits.values()]}

    def leave(self, worker: str, told: Told) -> None:
        """The worker sends nothing more."""
        with self._lock:
            now = monotonic()
            self._figures.tell(worker, told, now)
            self._figures.leave(worker)
            self._book.leave(worker, now)

    def tell(self, worker: str, told: Told, batches: dict[str, Any]) -> None:
        """How rows of batches have ended. A batch that is run again counts once."""
        with self._lock:
            self._figures.tell(worker, told, monotonic())
            for batch, counts in batches.items():
                self._figures.count(batch, counts)

    def begin_batch(self, batch: str, worker: str) -> None:
        with self._lock:
            self._figures.begin_batch(batch, worker)

    def stop(self, reason: str) -> None:
        with self._lock:
            self._figures.stop_reason = self._figures.stop_reason or reason

    def begin(self) -> None:
        """A run begins: what was counted before is another's."""
        with self._lock:
            self._renewed = monotonic()
            self._figures.begin()

    def figures(self) -> dict[str, Any]:
        with self._lock:
            self._renewed = monotonic()
            return self._figures.all(monotonic())

    def _end_unused(self, myself: Any) -> None:
        while monotonic() - self._renewed < _UNUSED_FOR:
            threading.Event().wait(_UNUSED_FOR / 10)
        ray.kill(myself)


def _as_of(now: float, limit: dict[str, Any], told_at: float) -> dict[str, Any]:
    return {**limit, "wait": max(0.0, limit["wait"] - (now - told_at))}


def limit_actor(name: str, concurrency: int, here: bool = False) -> Any:
    """The limit of that name, made if there is none. It outlives its maker. ``here``: on this node, if it is made."""
    place = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True) if here else None
    actor = ray.remote(Limit).options(
        name=name, namespace=NAMESPACE, get_if_exists=True, lifetime="detached", num_cpus=0, max_restarts=-1,
        scheduling_strategy=place,
    )  # fmt: skip
    return actor.remote(concurrency)


class Lease:
    """A worker's lease of a limit, renewed by a thread of its own until end(). A worker that is cut off sends nothing more."""

    def __init__(self, name: str, flags: Mapping[str, Any], engine: _core.Engine, totals: Callable[[], dict[str, Any]]) -> None:
        self.worker = uuid.uuid4().hex
        self._name, self._concurrency = name, flags.get("in_flight", 0)
        self._set = {"requests": flags.get("rpm", 0) / _MINUTE, "tokens": flags.get("tpm", 0) / _MINUTE}
        self._actor: Any = None
        self._engine = engine
        self._totals = totals
        self._held: dict[str, Any] | None = None
        self._held_until = 0.0
        self._learned: list[Any] = []
        self._batches: dict[str, Any] = {}
        self._told_to = ""
        self._wait = 0.0
        self._over = threading.Event()
        engine.take_lease(_NOTHING, 0.0)
        self._thread = threading.Thread(target=self._renew_on, name="headway-lease", daemon=True)
        self._thread.start()

    def begin(self, batch: str) -> None:
        """Tells of a batch that is asked now."""
        self._tell("begin_batch", batch, self.worker)

    def count(self, batch: str, counts: dict[str, Any]) -> None:
        """Tells of a batch that has ended."""
        self._batches[batch] = counts
        self._tell("tell", self.worker, self._told(), {batch: counts})

    def stop(self, reason: str) -> None:
        """Tells that no row can succeed."""
        self._tell("stop", reason)

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self._tell("leave", self.worker, self._told())

    def _tell(self, method: str, *what: Any) -> None:
        """Waits until it is told. What the actor does not hear costs a figure, and no answer."""
        try:
            ray.get(getattr(self._limit(), method).remote(*what), timeout=_ANSWER_WITHIN)
        except (ray.exceptions.RayError, ValueError):
            self._actor = None

    def _limit(self) -> Any:
        self._actor = self._actor or limit_actor(self._name, self._concurrency)
        return self._actor

    def _renew_on(self) -> None:
        while not self._over.wait(self._wait):
            try:
                self._renew()
            except Exception:  # noqa: BLE001  whatever it is: without a lease nothing is sent, so it is asked for again
                self._actor = None
                self._wait = _ANSWER_WITHIN / 4

    def _renew(self) -> None:
        sent = monotonic()
        answer = ray.get(self._limit().renew.remote(self.worker, self._told()), timeout=_ANSWER_WITHIN)
        lease = answer["lease"]
        self._engine.take_lease(lease, lease["seconds"] - (monotonic() - sent))
        self._held, self._held_until = lease, sent + lease["seconds"]
        self._wait = max(0.0, sent + lease["renew_in"] - monotonic())
        if answer["actor"] != self._told_to:
            self._told_to = answer["actor"]
            self._tell("tell", self.worker, self._told(), dict(self._batches))
        if answer["limits"] != self._learned:
            self._learned = answer["limits"]
            self._engine.learn_limits(self._learned)

    def _told(self) -> Told:
        engine = self._engine
        held = self._held if monotonic() < self._held_until else None
        return {
            "demand": engine.demand(), "held": held, "limits": engine.limits(), "set": self._set, "totals": self._totals(),
        }  # fmt: skip
