"""Any number of prompts, in the memory of a few."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from contextlib import contextmanager
from select import POLLIN, poll
from typing import TYPE_CHECKING, Any, Literal, overload

from headway import _core
from headway.errors import ConfigurationError
from headway.models import ChatOpenAI, LanguageModel
from headway.prompts import several
from headway.watching import expect

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from headway.answer import Answer
    from headway.prompts import Prompt
    from headway.settings import MapSettings

_AT_A_TIME = 32  # prompts that are taken before the answers are looked at
_AHEAD = 4  # answers that wait behind a slow one, for each call in flight


@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[True] = ..., return_exceptions: Literal[False] = ..., **settings: Unpack[MapSettings],
) -> Iterator[Answer]: ...  # fmt: skip
@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[True] = ..., return_exceptions: bool, **settings: Unpack[MapSettings],
) -> Iterator[Answer | Exception]: ...  # fmt: skip
@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[False], return_exceptions: Literal[False] = ..., **settings: Unpack[MapSettings],
) -> Iterator[tuple[int, Answer]]: ...  # fmt: skip
@overload
def map(
    prompts: Iterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[False], return_exceptions: bool, **settings: Unpack[MapSettings],
) -> Iterator[tuple[int, Answer | Exception]]: ...  # fmt: skip
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
    with ``return_exceptions``; so is what is no prompt (None, NaN), as a TypeError. If the iterable itself raises, what was
    asked before is given first. Leaving early cancels what is in flight. For one thread; the GIL is free while it waits.
    """
    calls = _calls(prompts, model, in_flight, ordered, settings)
    return _answers(calls, return_exceptions)


@overload
def amap(
    prompts: Iterable[Prompt] | AsyncIterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[True] = ..., return_exceptions: Literal[False] = ..., **settings: Unpack[MapSettings],
) -> AsyncIterator[Answer]: ...  # fmt: skip
@overload
def amap(
    prompts: Iterable[Prompt] | AsyncIterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[True] = ..., return_exceptions: bool, **settings: Unpack[MapSettings],
) -> AsyncIterator[Answer | Exception]: ...  # fmt: skip
@overload
def amap(
    prompts: Iterable[Prompt] | AsyncIterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[False], return_exceptions: Literal[False] = ..., **settings: Unpack[MapSettings],
) -> AsyncIterator[tuple[int, Answer]]: ...  # fmt: skip
@overload
def amap(
    prompts: Iterable[Prompt] | AsyncIterable[Prompt], *, model: LanguageModel | str | None = ..., in_flight: int = ...,
    ordered: Literal[False], return_exceptions: bool, **settings: Unpack[MapSettings],
) -> AsyncIterator[tuple[int, Answer | Exception]]: ...  # fmt: skip
def amap(
    prompts: Iterable[Prompt] | AsyncIterable[Prompt], *, model: LanguageModel | str | None = None, in_flight: int = 1000,
    ordered: bool = True, return_exceptions: bool = False, **settings: Any,
) -> AsyncIterator[Any]:  # fmt: skip
    """The same for asyncio: ``async for answer in headway.amap(prompts)``. Prompts may come from an async iterable too.

    Up to ``in_flight`` prompts are taken from it before the first answer is read.
    """
    calls = _calls(prompts, model, in_flight, ordered, settings)
    return _answers_async(calls, return_exceptions)


def _calls(prompts: Any, model: LanguageModel | str | None, in_flight: int, ordered: bool, settings: dict[str, Any]) -> _Calls:
    if in_flight < 1:
        raise ValueError("in_flight is 1 or more")
    prompts = several(prompts)
    if isinstance(prompts, Sized):
        expect(len(prompts))
    return _Calls(prompts, _model(model, settings), in_flight, ordered)


def _model(model: LanguageModel | str | None, settings: dict[str, Any]) -> LanguageModel:
    if isinstance(model, LanguageModel):
        return model.bind(**settings) if settings else model
    if model is None or isinstance(model, str):
        return ChatOpenAI(model=model, **settings)
    raise TypeError(f"model is headway's OpenAI or ChatOpenAI, or a name, and not {type(model).__name__}")


def _answers(calls: _Calls, also_failed: bool) -> Iterator[Any]:
    loop = _Poll(_core.Bridge())
    prompts = iter(calls.prompts)
    try:
        while True:
            begun = 0
            while begun < _AT_A_TIME and calls.room() and calls.more:
                with calls.asking():
                    calls.begin(next(prompts), loop.bridge)
                begun += 1
            loop.look()
            if (ended := calls.next_ended(also_failed)) is not None:
                yield ended
                del ended
            elif calls.under_way:
                if not begun:
                    loop.wait()
            elif not calls.more:
                return calls.finish()
    finally:
        loop.bridge.close()


async def _answers_async(calls: _Calls, also_failed: bool) -> AsyncIterator[Any]:
    from headway.bridge import current

    loop, bridge = current()
    prompts = calls.prompts
    numbers = calls.numbers = {}
    is_async = isinstance(prompts, AsyncIterable)
    prompts = aiter(prompts) if is_async else iter(prompts)
    try:
        while True:
            begun = 0
            while begun < _AT_A_TIME and calls.room() and calls.more:
                with calls.asking():
                    calls.begin(await anext(prompts) if is_async else next(prompts), bridge)
                begun += 1
            if (ended := calls.next_ended(also_failed)) is not None:
                yield ended
                del ended
            elif calls.under_way:
                if not begun:
                    await calls.change(loop)
            elif not calls.more:
                calls.finish()
                return
    finally:
        for number in list(numbers.values()):
            bridge.cancel(number)


class _Poll:
    """A bridge that one thread watches, without asyncio."""

    def __init__(self, bridge: _core.Bridge) -> None:
        self.bridge = bridge
        self._poll = poll()  # select() knows the first 1,024 descriptors only
        self._poll.register(bridge.fileno(), POLLIN)

    def look(self) -> None:
        """Takes what has come."""
        if not self.bridge.alive():
            raise ConfigurationError("what was asked before a fork is answered in the parent; ask again")
        self.bridge.drain()

    def wait(self) -> None:
        self._poll.poll()


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

    def __init__(self, prompts: Any, model: LanguageModel, in_flight: int, ordered: bool) -> None:
        self.prompts = prompts
        self.under_way = 0
        self.more = True
        self.numbers: dict[int, int] = {}  # by place, of those under way
        self._model = model
        self._in_flight = in_flight
        self._order: deque[int] | None = None if ordered else deque()  # of those that ended
        self._outcomes: dict[int, Any] = {}
        self._begun = 0
        self._next = 0
        self._failure: Exception | None = None  # of the iterable
        self._change: Any = None

    def room(self) -> bool:
        """Whether one more may start."""
        kept = self.under_way + len(self._outcomes)
        return self.under_way < self._in_flight and kept < self._in_flight * (1 + _AHEAD)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The iterable's end, and what it raises: then no more is asked, and what was asked comes first."""
        try:
            yield
        except (StopIteration, StopAsyncIteration):
            self.more = False
        except Exception as error:  # noqa: BLE001  it is raised at the end
            self.more, self._failure = False, error

    def begin(self, prompt: Any, bridge: _core.Bridge) -> None:
        """What is no prompt has ended at once."""
        place, self._begun = self._begun, self._begun + 1
        try:
            asked = self._model._asked(prompt, None, {})
            number = bridge.call(self._model._model, _Call(self, place), *asked)
        except (TypeError, ValueError) as error:
            return self._keep(place, type(error)(f"prompt {place}: {error}") if type(error) is TypeError else error)
        self.numbers[place] = number
        self.under_way += 1

    def ended(self, place: int, outcome: Any) -> None:
        self.under_way -= 1
        del self.numbers[place]
        self._keep(place, outcome)

    def _keep(self, place: int, outcome: Any) -> None:
        self._outcomes[place] = outcome
        if self._order is not None:
            self._order.append(place)
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    async def change(self, loop: Any) -> None:
        """Waits until a call has ended."""
        self._change = loop.create_future()
        await self._change

    def next_ended(self, also_failed: bool) -> Any:
        """The answer that comes next; None: it has not come."""
        place = (self._order[0] if self._order else None) if self._order is not None else self._next
        if place is None or place not in self._outcomes:
            return None
        outcome = self._outcomes.pop(place)
        self._next += 1
        if self._order is not None:
            self._order.popleft()
        if isinstance(outcome, Exception) and not also_failed:
            raise outcome
        return outcome if self._order is None else (place, outcome)

    def finish(self) -> None:
        """All is given."""
        if self._failure is not None:
            raise self._failure
