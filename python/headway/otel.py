"""OpenTelemetry's spans and metrics of every call, by its conventions for generative AI. Needs ``headway[otel]``.

    import headway.otel

    headway.otel.instrument()

Each call is a span below the span that was current where it was asked, from its begin to its end, all attempts and waits in it;
and is counted in ``gen_ai.client.operation.duration`` and ``gen_ai.client.token.usage``. Spans are made by a thread of its own, which takes
some 40 microseconds for each. Neither prompts nor answers are in them.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from headway import _core
from headway.errors import ConfigurationError
from headway.log import logger

try:
    from opentelemetry import metrics, trace
except ImportError as missing:
    raise ConfigurationError("headway.otel needs OpenTelemetry: pip install opentelemetry-api, and an SDK of it") from missing

_PROVIDERS = {"gemini": "gcp.gemini"}
_OPERATIONS = {"responses": "chat"}
_SECONDS = [0.01 * 2**step for step in range(14)]  # the conventions' buckets
_TOKENS = [4**step for step in range(14)]
_NANO = 1_000_000_000

_reader: _Reader | None = None


def instrument(tracer_provider: trace.TracerProvider | None = None, meter_provider: metrics.MeterProvider | None = None) -> None:
    """Begins; by the global providers, if none are given. A second time it begins anew, with these."""
    global _reader
    uninstrument()
    _reader = _Reader(tracer_provider, meter_provider)


def uninstrument() -> None:
    """Ends. What has ended by now has its span when this returns."""
    global _reader
    reader, _reader = _reader, None
    if reader is not None:
        reader.stop()


class _Reader:
    def __init__(self, tracer_provider: Any, meter_provider: Any) -> None:
        self.providers = tracer_provider, meter_provider
        self._tracer = trace.get_tracer("headway", _core.version, tracer_provider)
        meter = metrics.get_meter("headway", _core.version, meter_provider)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration", "s", "GenAI operation duration.", explicit_bucket_boundaries_advisory=_SECONDS
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", explicit_bucket_boundaries_advisory=_TOKENS
        )
        self._inbox = _core.call_ends(_here)
        self._thread = threading.Thread(target=self._read, name="headway-otel", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        _core.call_ends_stop()
        self._thread.join()

    def _read(self) -> None:
        over = False
        while not over:
            come, over, _ = self._inbox.next()
            ends = come[:-1] if over else come
            for end in ends:
                try:
                    self._tell(end)
                except Exception:
                    logger.warning("OpenTelemetry took no span of a call", exc_info=True)
            _core.call_ends_read(len(ends))

    def _tell(self, end: dict[str, Any]) -> None:
        if end["left_out"]:
            logger.warning("%d calls have no span: more ended than OpenTelemetry took", end["left_out"])
        common = attributes_of(end)
        name = f"{common['gen_ai.operation.name']} {end['model']}".strip() if end["operation"] else f"{end['method']} {end['path']}"
        ended = int(end["at"] * _NANO)
        span = self._tracer.start_span(
            name, _context_of(end["tag"]), trace.SpanKind.CLIENT, {**common, **details_of(end)}, start_time=ended - int(end["lasted"] * _NANO)
        )
        if end["error"]:
            span.set_status(trace.StatusCode.ERROR, end["error"])
        span.end(ended)
        if end["operation"]:
            self._measure(end, common)

    def _measure(self, end: dict[str, Any], common: dict[str, Any]) -> None:
        self._duration.record(end["lasted"], common)
        for kind, count in (("input", end["usage"]["prompt_tokens"]), ("output", end["usage"]["completion_tokens"])):
            if count:
                self._tokens.record(count, {**common, "gen_ai.token.type": kind})


def attributes_of(end: dict[str, Any]) -> dict[str, Any]:
    """Those that spans and metrics have."""
    told: dict[str, Any] = {"server.address": end["host"], "server.port": end["port"]}
    if end["operation"]:
        told["gen_ai.operation.name"] = _OPERATIONS.get(end["operation"], end["operation"])
        told["gen_ai.provider.name"] = _PROVIDERS.get(end["provider"], end["provider"])
    else:
        told |= {"http.request.method": end["method"], "url.path": end["path"]}
    if end["model"]:
        told["gen_ai.request.model"] = end["model"]
    if end["error"]:
        told["error.type"] = end["error"]
    return told


def details_of(end: dict[str, Any]) -> dict[str, Any]:
    """Those that spans have besides."""
    usage = end["usage"]
    told = {
        "gen_ai.usage.input_tokens": usage["prompt_tokens"], "gen_ai.usage.output_tokens": usage["completion_tokens"],
        "gen_ai.usage.cache_read.input_tokens": usage["cached_tokens"],
        "gen_ai.usage.cache_creation.input_tokens": usage["cache_write_tokens"],
        "gen_ai.usage.reasoning.output_tokens": usage["reasoning_tokens"], "http.response.status_code": end["status"],
    }  # fmt: skip
    known = {name: value for name, value in told.items() if value}
    if end["cost"] is not None:
        known["headway.cost_usd"] = end["cost"]
    return {**known, "headway.attempts": end["attempts"]}


def _here() -> str:
    """The current span, as W3C's traceparent has it; empty: there is none."""
    span = trace.get_current_span().get_span_context()
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}" if span.is_valid else ""


def _context_of(tag: str) -> Any:
    if not tag:
        return trace.set_span_in_context(trace.INVALID_SPAN)
    _, trace_id, span_id, flags = tag.split("-")
    parent = trace.SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=trace.TraceFlags(int(flags, 16)))
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _after_fork() -> None:
    """The child has engines of its own, and no thread yet."""
    global _reader
    if _reader is not None:
        _reader = _Reader(*_reader.providers)


os.register_at_fork(after_in_child=_after_fork)
