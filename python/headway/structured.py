"""Answers of a schema, and tools, for the models that need no LangChain. Classes and functions need pydantic."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headway.errors import APIResponseValidationError, ConfigurationError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from headway.answer import Answer
    from headway.models import Config, LanguageModel, Stop
    from headway.prompts import Prompt
    from headway.settings import CallSettings

METHODS = ("json_schema", "function_calling", "json_mode")


class Structured:
    """A model whose answers are objects of a schema, made by ``with_structured_output``.

    What does not keep to the schema is an APIResponseValidationError, whose ``answer`` is what came and was paid for.
    """

    def __init__(self, model: LanguageModel, schema: Any, method: str, include_raw: bool, strict: bool | None) -> None:
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, and not {method!r}")
        self._schema, self._include_raw, self._by_tool = schema, include_raw, method == "function_calling"
        if self._by_tool:
            tool = tool_of(schema, strict)
            choice = tool_choice_of(tool["function"]["name"], [tool])
            self.model = model.bind(tools=[tool], tool_choice=choice, parallel_tool_calls=False)
        else:
            self.model = model.bind(response_format=_form(schema, strict) if method == "json_schema" else {"type": "json_object"})

    def invoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]) -> Any:
        """As the model's, with the answer as an object."""
        return self._told(self.model.invoke(input, config, stop=stop, **kwargs))

    async def ainvoke(self, input: Prompt, config: Config = None, *, stop: Stop = None, **kwargs: Unpack[CallSettings]) -> Any:
        """The same for asyncio."""
        return self._told(await self.model.ainvoke(input, config, stop=stop, **kwargs))

    def batch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False, stop: Stop = None,
        **kwargs: Unpack[CallSettings],
    ) -> list[Any]:  # fmt: skip
        """As the model's; an answer that does not keep to the schema is a failure like another."""
        return self._all(self.model.batch(inputs, config, return_exceptions=True, stop=stop, **kwargs), return_exceptions)

    async def abatch(
        self, inputs: Sequence[Prompt], config: Config = None, *, return_exceptions: bool = False, stop: Stop = None,
        **kwargs: Unpack[CallSettings],
    ) -> list[Any]:  # fmt: skip
        """The same for asyncio."""
        answers = await self.model.abatch(inputs, config, return_exceptions=True, stop=stop, **kwargs)
        return self._all(answers, return_exceptions)

    def __repr__(self) -> str:
        return f"<headway.Structured {_name(self._schema)} of {self.model!r}>"

    def _all(self, answers: list[Answer | Exception], return_exceptions: bool) -> list[Any]:
        told = [self._told_or_failure(answer) for answer in answers]
        failure = next((each for each in told if isinstance(each, Exception)), None)
        if failure is None or return_exceptions:
            return told
        failure.outcomes = told  # type: ignore[attr-defined]
        raise failure

    def _told_or_failure(self, answer: Answer | Exception) -> Any:
        if isinstance(answer, Exception):
            return answer
        try:
            return self._told(answer)
        except APIResponseValidationError as error:
            return error

    def _told(self, answer: Answer) -> Any:
        try:
            parsed, error = self._parsed(answer), None
        except (ValueError, LookupError) as failed:
            parsed, error = None, failed
        if self._include_raw:
            return {"raw": answer, "parsed": parsed, "parsing_error": error}
        if error is None:
            return parsed
        failure = APIResponseValidationError(f"the answer does not keep to the schema {_name(self._schema)}", {"kind": "protocol"})
        failure.answer = answer  # type: ignore[attr-defined]
        raise failure from error

    def _parsed(self, answer: Answer) -> Any:
        if self._by_tool:
            calls = answer.tool_calls
            if not calls:
                raise ValueError("the answer calls no tool")
            value: Any = calls[0]["args"]
        else:
            value = json.loads(answer.content)
        return value if isinstance(self._schema, Mapping) else _adapter(self._schema).validate_python(value)


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
        return str(schema.get("title") or schema.get("name") or "answer")
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
