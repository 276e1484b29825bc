"""Answers of a schema, and tools, for the models that need no LangChain. Classes and functions need pydantic."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headway import _core
from headway.errors import APIResponseValidationError, ConfigurationError, Error
from headway.prompts import as_messages

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from headway.answer import Answer
    from headway.models import Config, LanguageModel, Stop
    from headway.prompts import Prompt
    from headway.settings import CallSettings

METHODS = ("json_schema", "function_calling", "json_mode")


class Structured:
    """A model whose answers are objects of a schema, made by ``with_structured_output``.

    What does not keep to the schema is an APIResponseValidationError, whose ``answer`` is what came and was paid for. Objects of
    classes are checked by pydantic, a JSON Schema by headway's own validator.
    """

    def __init__(
        self, model: LanguageModel, schema: Any, method: str, include_raw: bool, strict: bool | None, repair: int = 0
    ) -> None:
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, and not {method!r}")
        if repair < 0:
            raise ValueError("repair is 0 or more")
        self._schema, self._include_raw, self._by_tool = schema, include_raw, method == "function_calling"
        self._repair = repair
        self._rules = _rules_of(schema) if isinstance(schema, Mapping) else None
        if self._by_tool:
            tool = tool_of(schema, strict)
            choice = tool_choice_of(tool["function"]["name"], [tool])
            self.model = model.bind(tools=[tool], tool_choice=choice, parallel_tool_calls=False)
        else:
            self.model = model.bind(response_format=_form(schema, strict) if method == "json_schema" else {"type": "json_object"})

    def invoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]) -> Any:
        """As the model's, with the answer as an object."""
        tries = _Tries(self, [input])
        while tries.asked:
            try:
                tries.take([self.model.invoke(tries.asked[0], config, stop=stop, **kwargs)])
            except Error as failed:
                tries.take([failed])
        return self._told_or_raised(tries)

    async def ainvoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]) -> Any:
        """The same for asyncio."""
        tries = _Tries(self, [input])
        while tries.asked:
            try:
                tries.take([await self.model.ainvoke(tries.asked[0], config, stop=stop, **kwargs)])
            except Error as failed:
                tries.take([failed])
        return self._told_or_raised(tries)

    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False, stop: Stop = None,
        **kwargs: Unpack[CallSettings],
    ) -> list[Any]:  # fmt: skip
        """As the model's; an answer that does not keep to the schema is a failure like another."""
        tries = _Tries(self, inputs)
        while tries.asked:
            tries.take(self.model.batch(tries.asked, config, return_exceptions=True, stop=stop, **kwargs))
        return self._all(tries, return_exceptions)

    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False, stop: Stop = None,
        **kwargs: Unpack[CallSettings],
    ) -> list[Any]:  # fmt: skip
        """The same for asyncio."""
        tries = _Tries(self, inputs)
        while tries.asked:
            tries.take(await self.model.abatch(tries.asked, config, return_exceptions=True, stop=stop, **kwargs))
        return self._all(tries, return_exceptions)

    def __repr__(self) -> str:
        return f"<headway.Structured {_name(self._schema)} of {self.model!r}>"

    def _all(self, tries: _Tries, return_exceptions: bool) -> list[Any]:
        told = [self._told_or_failure(tries, place) for place in range(len(tries.ends))]
        failure = next((each for each in told if isinstance(each, Exception)), None)
        if failure is None or return_exceptions:
            return told
        failure.outcomes = told  # type: ignore[attr-defined]
        raise failure

    def _told_or_failure(self, tries: _Tries, place: int) -> Any:
        try:
            return self._told(tries, place)
        except APIResponseValidationError as error:
            return error

    def _told_or_raised(self, tries: _Tries) -> Any:
        told = self._told(tries, 0)
        if isinstance(told, Exception):
            raise told
        return told

    def _told(self, tries: _Tries, place: int) -> Any:
        answer, parsed, error = tries.ends[place]
        if isinstance(answer, Exception):
            answer.answers = tries.before[place]  # type: ignore[attr-defined]
            return answer
        if self._include_raw:
            before = {"repaired": tries.before[place]} if self._repair else {}
            return {"raw": answer, "parsed": parsed, "parsing_error": error, **before}
        if error is None:
            return parsed
        failure = APIResponseValidationError(f"the answer does not keep to the schema {_name(self._schema)}", {"kind": "protocol"})
        failure.answer = answer  # type: ignore[attr-defined]
        failure.answers = [*tries.before[place], answer]  # type: ignore[attr-defined]
        raise failure from error

    def _read(self, answer: Answer) -> tuple[Any, Exception | None]:
        try:
            return self._parsed(answer), None
        except (ValueError, LookupError) as failed:
            return None, failed

    def _parsed(self, answer: Answer) -> Any:
        if self._by_tool:
            calls = answer.tool_calls
            if not calls:
                raise ValueError("the answer calls no tool")
            value: Any = calls[0]["args"]
        else:
            value = json.loads(answer.content)
        if self._rules is None:
            return _adapter(self._schema).validate_python(value)
        if fault := self._rules.fault_of(json.dumps(value)):
            raise ValueError(fault)
        return value

    def _corrected(self, input: Prompt, answer: Answer, error: Exception) -> list[dict[str, Any]]:
        """The question again, with the answer to it and what is wrong with that."""
        said = answer.openai_form["choices"][0].get("message") or {"content": answer.content}
        kept = {name: said[name] for name in ("content", "tool_calls", "thinking_blocks") if said.get(name)}
        words = f"That does not keep to the schema: {_words(error)}\nAnswer again, with all of it put right."
        calls = kept.get("tool_calls") or []
        results = [{"role": "tool", "tool_call_id": call["id"], "content": words} for call in calls]
        asked = as_messages(input)
        return [*asked, {"role": "assistant", "content": "", **kept}, *(results or [{"role": "user", "content": words}])]


class _Tries:
    """Questions that are asked until their answers keep to the schema, or as often as they may be."""

    def __init__(self, structured: Structured, inputs: Sequence[Prompt]) -> None:
        self._structured = structured
        self._left = structured._repair
        self.ends: list[tuple[Any, Any, Exception | None]] = [(None, None, None)] * len(inputs)
        """Of each question the last answer or failure, what it says, and why it says nothing."""
        self.before: list[list[Answer]] = [[] for _ in inputs]
        """The answers that were put right."""
        self.asked: list[Any] = list(inputs)
        """What is to be asked now; empty: nothing."""
        self._places = list(range(len(inputs)))

    def take(self, answers: Sequence[Any]) -> None:
        asked, places, self.asked, self._places = self.asked, self._places, [], []
        for prompt, place, answer in zip(asked, places, answers):
            if self.ends[place][0] is not None:
                self.before[place].append(self.ends[place][0])
            parsed, error = (None, None) if isinstance(answer, Exception) else self._structured._read(answer)
            self.ends[place] = (answer, parsed, error)
            # One that was cut or refused is no better the second time.
            if error is not None and self._left > 0 and answer.is_whole:
                self.asked.append(self._structured._corrected(prompt, answer, error))
                self._places.append(place)
        self._left -= 1


def _words(error: Exception) -> str:
    """pydantic's by their places, and other errors' own."""
    if not hasattr(error, "errors"):
        return str(error)
    return "; ".join(f"at /{'/'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in error.errors())


def _rules_of(schema: Mapping[str, Any]) -> _core.Schema:
    """Of a JSON Schema as such, or as a request has it for answers or tools."""
    inner: Any = schema
    for name in ("json_schema", "function"):
        inner = inner[name] if isinstance(inner.get(name), Mapping) else inner
    for name in ("schema", "parameters"):
        if inner is not schema or "name" in inner:
            inner = inner[name] if isinstance(inner.get(name), Mapping) else inner
    return _core.Schema(json.dumps(inner), _name(schema))


def tool_of(tool: Any, strict: bool | None) -> dict[str, Any]:
    """In OpenAI's form."""
    if isinstance(tool, Mapping) and "function" in tool:
        function = dict(tool["function"])
    elif isinstance(tool, Mapping) and "name" in tool and "parameters" in tool:
        function = dict(tool)
    elif isinstance(tool, Mapping) and "title" not in tool and "type" in tool and "properties" not in tool:
        return dict(tool)  # one of the provider's own
    else:
        schema = _schema_of(tool)
        parameters = {name: value for name, value in schema.items() if name not in ("title", "description")}
        function = {"name": _name(tool), "parameters": parameters}
        if said := schema.get("description") or (not isinstance(tool, Mapping) and inspect.getdoc(tool)):
            function["description"] = said
    if strict is not None:
        function["strict"] = strict
        function["parameters"] = _closed(function["parameters"]) if strict else function["parameters"]
    return {"type": "function", "function": function}


def tool_choice_of(wanted: Mapping[str, Any] | str | bool, tools: Sequence[Mapping[str, Any]]) -> Any:
    """As a request has it."""
    names = {tool["function"]["name"] for tool in tools if "function" in tool}
    if isinstance(wanted, str) and wanted in names:
        return {"type": "function", "function": {"name": wanted}}
    return "required" if wanted in ("any", True) else wanted


def _form(schema: Any, strict: bool | None) -> dict[str, Any]:
    if isinstance(schema, Mapping) and schema.get("type") == "json_schema":
        return dict(schema)
    if strict is None:
        strict = not isinstance(schema, Mapping)
    body = _schema_of(schema)
    named: dict[str, Any] = {"name": _name(schema), "strict": strict}
    if said := body.get("description"):
        named["description"] = said
    return {"type": "json_schema", "json_schema": {**named, "schema": _closed(body) if strict else body}}


def _schema_of(schema: Any) -> dict[str, Any]:
    if isinstance(schema, Mapping):
        return dict(schema)
    if inspect.isfunction(schema):
        return _schema_of_function(schema)
    told: dict[str, Any] = _adapter(schema).json_schema()
    return told


def _schema_of_function(function: Any) -> dict[str, Any]:
    import typing

    types = typing.get_type_hints(function)
    fields = {
        name: (types.get(name, Any), ... if each.default is each.empty else each.default)
        for name, each in inspect.signature(function).parameters.items()
    }
    schema: dict[str, Any] = _pydantic().create_model(function.__name__, **fields).model_json_schema()
    return schema


def _adapter(schema: Any) -> Any:
    return _pydantic().TypeAdapter(schema)


def _pydantic() -> Any:
    try:
        return importlib.import_module("pydantic")
    except ImportError as error:
        raise ConfigurationError("schemas that are classes or functions need pydantic: pip install pydantic") from error


def _name(schema: Any) -> str:
    if isinstance(schema, Mapping):
        inner: Any = schema.get("json_schema") or schema.get("function") or schema
        return str(inner.get("title") or inner.get("name") or "answer")
    return str(getattr(schema, "__name__", "answer"))


def _closed(schema: Any) -> Any:
    """As OpenAI's strict form wants it: objects have all their fields and no others, and no defaults."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(value) for name, value in schema.items() if name != "default" or not _is_keyword(schema)}
    if isinstance(schema.get("properties"), Mapping):
        closed |= {"required": list(schema["properties"]), "additionalProperties": False}
    return closed


def _is_keyword(schema: Mapping[str, Any]) -> bool:
    """Whether ``default`` is the schema's own, and not a field of that name."""
    return any(name in schema for name in ("type", "anyOf", "allOf", "oneOf", "$ref", "enum", "const"))
