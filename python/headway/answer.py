"""What comes back: text that knows where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from headway import _core

Ending = Literal["stop", "tool_calls", "length", "filtered", "refused", "failed", "unknown"]
"""Why an answer ended, whatever its provider calls it: whole; whole, and asks for tools; cut at a limit of tokens; stopped by
the provider's filter; refused by the model; broken off by the server (told of in streams alone, else it is an error); in a word
that headway does not know, which is not to be taken for whole."""


_WHOLE = ("stop", "tool_calls")


def _restored(cls: type[str], text: str, facts: dict[str, Any]) -> str:
    from types import SimpleNamespace

    made: Any = str.__new__(cls, text)
    made._about = SimpleNamespace(**facts)
    return made  # type: ignore[no-any-return]


def _facts(about: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(about, name) for name in names}


def _json(raw: bytes) -> Any:
    import json

    return json.loads(raw) if raw else {}


def _usage_metadata(usage: dict[str, int] | None) -> dict[str, Any] | None:
    if not usage or not any(usage.values()):
        return None
    metadata: dict[str, Any] = {
        "input_tokens": usage["prompt_tokens"],
        "output_tokens": usage["completion_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    read, written = usage["cached_tokens"], usage["cache_write_tokens"]
    if details := {name: count for name, count in (("cache_read", read), ("cache_creation", written)) if count}:
        metadata["input_token_details"] = details
    if usage["reasoning_tokens"]:
        metadata["output_token_details"] = {"reasoning": usage["reasoning_tokens"]}
    return metadata


def _tool_calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    import json

    calls = []
    for call in message.get("tool_calls") or []:
        function = call.get("function", {})
        try:
            arguments = json.loads(function.get("arguments") or "{}")
        except ValueError:
            continue  # it stands in additional_kwargs as it came
        calls.append({"name": function.get("name"), "args": arguments, "id": call.get("id"), "type": "tool_call"})
    return calls


class Answer(str):
    """An answer's text, which is a ``str``, with the whole response beside it.

    It has the names of LangChain's ``AIMessage`` too, so that code written for either works. What was not asked for is
    not decoded. Operations on it give a plain ``str``. It can be pickled.
    """

    __slots__ = ("_about", "_parsed")
    _about: _core.Response
    _parsed: dict[str, Any]

    type = "ai"

    @property
    def content(self) -> str:
        """The text, as a plain ``str``."""
        return str.__str__(self)

    @property
    def usage_metadata(self) -> dict[str, Any] | None:
        """``input_tokens``, ``output_tokens``, ``total_tokens``, and their details; None: the provider did not say."""
        return _usage_metadata(self._about.usage)

    @property
    def response_metadata(self) -> dict[str, Any]:
        """What LangChain tells: ``token_usage``, ``model_name``, ``finish_reason``, ``system_fingerprint``, ``id``, ..."""
        body = self.openai_form
        return {
            "token_usage": body.get("usage"),
            "model_name": self._about.model,
            "model_provider": "openai",
            "system_fingerprint": body.get("system_fingerprint"),
            "id": body.get("id"),
            "service_tier": body.get("service_tier"),
            "finish_reason": self.finish_reason,
            "logprobs": self._choice.get("logprobs"),
        }

    @property
    def additional_kwargs(self) -> dict[str, Any]:
        """``tool_calls`` and ``refusal``, as the provider sent them."""
        message = self._choice.get("message") or {}
        return {name: message[name] for name in ("tool_calls", "refusal") if message.get(name) is not None}

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The tools that the model wants called: ``name``, ``args``, ``id``. Those with broken arguments are left out."""
        return _tool_calls(self._choice.get("message") or {})

    @property
    def id(self) -> str | None:
        """The provider's name for this answer."""
        name: str | None = self.openai_form.get("id")
        return name

    @property
    def choices(self) -> list[str]:
        """The texts of all answers, where ``n`` of them were asked for; the first is this one."""
        return [self.content] + [choice[0] for choice in self._about.choices[1:]]

    @property
    def endings(self) -> list[Ending]:
        """Why each of ``choices`` ended."""
        return [choice[2] for choice in self._about.choices]

    @property
    def finish_reason(self) -> str:
        """The provider's word for why it ended, such as "stop" or "content_filter"; empty: it did not say."""
        return self._about.choices[0][1]

    @property
    def ending(self) -> Ending:
        """What that means: one of seven, the same for every provider."""
        return self._about.choices[0][2]

    @property
    def is_whole(self) -> bool:
        """Whether it is all that the model had to say: ``ending`` is "stop" or "tool_calls"."""
        return self.ending in _WHOLE

    @property
    def usage(self) -> dict[str, int]:
        """Tokens as the provider counted them, those of its cache among them, by the names of ``headway::Usage``; zeros: it did not say."""
        return self._about.usage

    @property
    def raw(self) -> dict[str, Any]:
        """The provider's whole answer, as it came."""
        return _json(self._about.raw) if self._about.translated else self.openai_form

    @property
    def openai_form(self) -> dict[str, Any]:
        """The answer as OpenAI's chat completions say it, whoever answered; from most providers, ``raw``."""
        try:
            return self._parsed
        except AttributeError:
            self._parsed = _json(self._about.translated or self._about.raw)
            return self._parsed

    @property
    def request_id(self) -> str:
        """The provider's ``x-request-id``; empty: none came."""
        return self._about.request_id

    @property
    def cost(self) -> float | None:
        """US dollars; None: the model has no price."""
        return self._about.cost

    @property
    def attempts(self) -> int:
        """Requests sent for it, at least 1."""
        return self._about.attempts

    @property
    def times(self) -> dict[str, float]:
        """Seconds in each stage, over all attempts."""
        return self._about.times

    @property
    def _choice(self) -> dict[str, Any]:
        choices = self.openai_form.get("choices") or [{}]
        return choices[0] or {}

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("usage", "service_tier", "request_id", "cost", "attempts", "times", "model", "raw", "translated", "choices")
        return _restored, (Answer, self.content, _facts(self._about, names))


class Chunk(str):
    """A piece of a streamed answer: its text, which is a ``str`` and may be empty, with what came along."""

    __slots__ = ("_about",)
    _about: _core.StreamChunk

    type = "AIMessageChunk"

    @property
    def content(self) -> str:
        """The text, as a plain ``str``."""
        return str.__str__(self)

    @property
    def usage_metadata(self) -> dict[str, Any] | None:
        """Tokens of the whole answer, in one of the last chunks; None in the others."""
        return _usage_metadata(self._about.usage)

    @property
    def response_metadata(self) -> dict[str, Any]:
        """``finish_reason`` in a choice's last chunk; empty in the others."""
        return {"finish_reason": self.finish_reason} if self.finish_reason else {}

    @property
    def finish_reason(self) -> str:
        """The provider's word for why the choice ended; empty: it has not."""
        return self._about.finish_reason

    @property
    def ending(self) -> Ending | None:
        """What that means, as an Answer's; None: the choice has not ended."""
        return self._about.ending

    @property
    def choice(self) -> int:
        """Which of the prompt's answers it belongs to, where ``n`` of them were asked for."""
        return self._about.index

    @property
    def id(self) -> str | None:
        """The provider's name for the answer."""
        name: str | None = self.openai_form.get("id")
        return name

    @property
    def raw(self) -> dict[str, Any]:
        """The provider's event: tool calls, log probabilities, and whatever else it sends."""
        event: dict[str, Any] = _json(self._about.raw)
        return event

    @property
    def openai_form(self) -> dict[str, Any]:
        """The event as OpenAI's streams say it, whoever sent it; from most providers, ``raw``."""
        event: dict[str, Any] = _json(self._about.translated or self._about.raw)
        return event

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("index", "finish_reason", "ending", "usage", "service_tier", "raw", "translated")
        return _restored, (Chunk, self.content, _facts(self._about, names))
