"""Any number of prompts, in the memory of a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sized
from select import POLLIN, poll
from typing import TYPE_CHECKING, Any, Literal, overload

from headway import _core
from headway.errors import ConfigurationError
from headway.models import ChatOpenAI, LanguageModel
from headway.prompts import several
from headway.watching import expect

if TYPE_CHECKING:
    from headway.answer import Answer
    from headway.prompts import Prompt

_AT_A_TIME = 32  # prompts that are taken before the answers are looked at
_AHEAD = 4  # answers that wait behind a slow one, for each call in flight


@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[True] = ..., return_exceptions: bool = ..., **settings: Any,
) -> Iterator[Answer]: ...  # fmt: skip
@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[False], return_exceptions: bool = ..., **settings: Any,
) -> Iterator[tuple[int, Answer]]: ...  # fmt: skip
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = None, in_flight: int = 1000,
    ordered: bool = True, return_exceptions: bool = False, **settings: Any,
) -> Iterator[Any]:  # fmt: skip
    """Asks each prompt of any iterable, and gives the answers as they are read: in order, or as completed.

    ``prompts``: lists, generators, columns of pandas, Polars and Arrow; taken as they are needed, by the thread that reads.
    ``model``: an OpenAI or ChatOpenAI, whose calls then have ``settings``; or the name of a chat model, or None for
    HEADWAY_MODEL: ``settings`` are then a ChatOpenAI's. ``in_flight``: calls at once, at least 1. Where one call is slow,
    at most four times as many answers wait behind it; nothing new starts while the reader is away.

    ``ordered=False`` gives (place, answer), the quickest first. A failure is raised and ends all, or is given in its place
    with ``return_exceptions``. Leaving early cancels what is in flight. For one thread; the GIL is free while it waits.
    """
    if in_flight < 1:
        raise ValueError("in_flight is 1 or more")
    prompts = several(prompts)
    if isinstance(prompts, Sized):
        expect(len(prompts))
    return _answers(iter(prompts), _model(model, settings), in_flight, ordered, return_exceptions)


def _model(model: LanguageModel | str | None, settings: dict[str, Any]) -> LanguageModel:
    if isinstance(model, LanguageModel):
        return model.bind(**settings) if settings else model
    if model is None or isinstance(model, str):
        return ChatOpenAI(model=model, **settings)
    raise TypeError(f"model is headway's OpenAI or ChatOpenAI, or a name, and not {type(model).__name__}")


def _answers(
    prompts: Iterator[Any], model: LanguageModel, in_flight: int, ordered: bool, also_failed: bool
) -> Iterator[Any]:
    calls = _Calls(prompts, model, in_flight, ordered)
    try:
        while True:
            begun = calls.begin()
            calls.look()
            if (place := calls.next_ended()) is not None:
                answer = calls.take(place)
                if isinstance(answer, Exception) and not also_failed:
                    raise answer
                yield answer if ordered else (place, answer)
                del answer
            elif calls.under_way:
                if not begun:
                    calls.wait()
            elif not begun:
                return
    finally:
        calls.bridge.close()


class _Call:
    """Stands where a future would."""

    __slots__ = ("_calls", "place")

    def __init__(self, calls: _Calls, place: int) -> None:
        self._calls = calls
        self.place = place

    def set_result(self, outcome: Any) -> None:
        self._calls.ended(self.place, outcome)

    set_exception = set_result


class _Calls:
    """Those under way, and the answers that nobody has read yet."""

    def __init__(self, prompts: Iterator[Any], model: LanguageModel, in_flight: int, ordered: bool) -> None:
        self.bridge = _core.Bridge()
        self._poll = poll()  # select() knows the first 1,024 descriptors only
        self._poll.register(self.bridge.fileno(), POLLIN)
        self.under_way = 0
        self._prompts: Iterator[Any] | None = prompts
        self._model = model
        self._in_flight = in_flight
        self._order: deque[int] | None = None if ordered else deque()  # of those that ended
        self._outcomes: dict[int, Any] = {}
        self._begun = 0
        self._next = 0

    def begin(self) -> int:
        """Starts a few more, if there is room; gives how many."""
        most = min(_AT_A_TIME, self._in_flight - self.under_way, self._in_flight * (1 + _AHEAD) - self._kept())
        for number in range(most):
            if self._prompts is None or not self._begin_one(self._prompts):
                return number
        return max(most, 0)

    def _kept(self) -> int:
        return self.under_way + len(self._outcomes)

    def _begin_one(self, prompts: Iterator[Any]) -> bool:
        try:
            prompt = next(prompts)
        except StopIteration:
            self._prompts = None
            return False
        try:
            asked = self._model._asked(prompt, None, {})
        except TypeError as error:
            raise TypeError(f"prompt {self._begun}: {error}") from None
        self.bridge.call(self._model._model, _Call(self, self._begun), *asked)
        self._begun += 1
        self.under_way += 1
        return True

    def ended(self, place: int, outcome: Any) -> None:
        self.under_way -= 1
        self._outcomes[place] = outcome
        if self._order is not None:
            self._order.append(place)

    def look(self) -> None:
        """Takes what has come."""
        if not self.bridge.alive():
            raise ConfigurationError("what was asked before a fork is answered in the parent; ask again")
        self.bridge.drain()

    def wait(self) -> None:
        self._poll.poll()

    def next_ended(self) -> int | None:
        """The place of the answer that comes next; None: it has not come."""
        if self._order is not None:
            return self._order[0] if self._order else None
        return self._next if self._next in self._outcomes else None

    def take(self, place: int) -> Any:
        if self._order is not None:
            self._order.popleft()
        self._next += 1
        return self._outcomes.pop(place)
