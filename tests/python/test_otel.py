"""headway.otel: spans and metrics as OpenTelemetry's own SDK has them, by the names of its conventions."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from peer import Peer

import headway

pytest.importorskip("opentelemetry.sdk", reason="OpenTelemetry's SDK is not installed: headway.otel is not tested")

from opentelemetry.sdk.metrics import MeterProvider  # noqa: E402
from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: E402
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: E402
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names  # noqa: E402
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics  # noqa: E402

import headway.otel  # noqa: E402


class Seen:
    """What OpenTelemetry was told."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        headway.otel.instrument(self.tracers, self.meters)

    def spans(self) -> list[ReadableSpan]:
        """Of calls; all that have ended."""
        headway.otel.uninstrument()
        return [span for span in self.exporter.get_finished_spans() if span.attributes and "server.address" in span.attributes]

    def points(self, name: str) -> list[Any]:
        headway.otel.uninstrument()
        told = self.reader.get_metrics_data()
        assert told is not None
        found = [each for of in told.resource_metrics for scope in of.scope_metrics for each in scope.metrics if each.name == name]
        return [point for each in found for point in each.data.data_points]


@pytest.fixture
def seen() -> Iterator[Seen]:
    yield Seen()
    headway.otel.uninstrument()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_call_is_a_span_below_the_one_where_it_was_asked(seen: Seen, peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, price_in=1.0, price_out=1.0) as client:
        chat = headway.ChatOpenAI(client=client, model="m")
        with seen.tracers.get_tracer("test").start_as_current_span("outer") as outer:
            chat.invoke("hello")
        (span,) = seen.spans()
    assert span.parent is not None and span.parent.span_id == outer.get_span_context().span_id
    assert span.context is not None and span.context.trace_id == outer.get_span_context().trace_id
    assert span.name == "chat m" and span.kind.name == "CLIENT" and span.status.is_unset
    assert span.start_time is not None and span.end_time is not None and span.start_time < span.end_time
    assert attributes(span) == {
        names.GEN_AI_OPERATION_NAME: names.GenAiOperationNameValues.CHAT.value,
        names.GEN_AI_PROVIDER_NAME: names.GenAiProviderNameValues.OPENAI.value,
        names.GEN_AI_REQUEST_MODEL: "m", names.GEN_AI_USAGE_INPUT_TOKENS: 4, names.GEN_AI_USAGE_OUTPUT_TOKENS: 6,
        names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: 1, "server.address": "127.0.0.1",
        "server.port": int(peer.base_url.rpartition(":")[2].partition("/")[0]), "headway.attempts": 1, "headway.cost_usd": 1e-5,
    }  # fmt: skip


def test_every_way_to_ask_has_its_span(seen: Seen, peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        llm = headway.OpenAI(client=client, model="m")

        async def main() -> None:
            await asyncio.gather(*[llm.ainvoke(f"{n}") for n in range(3)])
            await client.arequest("/v1/embeddings", {"model": "e", "input": "x"})
            await client.arequest("/v1/own", {"prompt": "x"})

        with seen.tracers.get_tracer("test").start_as_current_span("outer") as outer:
            asyncio.run(main())
            llm.batch(["a", "b"])
            list(llm.stream("STREAM 3"))
        spans = seen.spans()
    assert sorted(span.name for span in spans) == ["POST /v1/own", "embeddings e", *["text_completion m"] * 6]
    assert {span.parent and span.parent.span_id for span in spans} == {outer.get_span_context().span_id}
    assert {span.attributes and span.attributes.get(names.GEN_AI_OPERATION_NAME) for span in spans if span.name.startswith("POST")} == {None}


def test_a_failure_says_its_kind(seen: Seen, peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        (failed,) = headway.OpenAI(client=client, model="m").batch(["STATUS 400"], return_exceptions=True)
        assert isinstance(failed, headway.BadRequestError)
        (span,) = seen.spans()
    told = attributes(span)
    assert told["error.type"] == "bad_request" and told["http.response.status_code"] == 400
    assert span.status.status_code.name == "ERROR" and span.parent is None
    assert "STATUS" not in str(span.to_json()), "no prompt"


def test_a_cancelled_call_has_its_span_too(seen: Seen, peer: Peer) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(headway.OpenAI(client=client, model="m").ainvoke("HOLD"))
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(peer.wait_for, lambda: peer.dropped == 1)

    with headway.Client(base_url=peer.base_url) as client:
        asyncio.run(main())
    (span,) = seen.spans()
    assert attributes(span)["error.type"] == "cancelled"


def test_metrics_have_the_conventions_names(seen: Seen, peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        headway.OpenAI(client=client, model="m").batch(["a", "b", "c"])
        tokens = {point.attributes[names.GEN_AI_TOKEN_TYPE]: point for point in seen.points(gen_ai_metrics.GEN_AI_CLIENT_TOKEN_USAGE)}
        assert {kind: (point.count, point.sum) for kind, point in tokens.items()} == {"input": (3, 12), "output": (3, 18)}
    seen = Seen()
    with headway.Client(base_url=peer.base_url) as client:
        headway.OpenAI(client=client, model="m").batch(["a", "b", "c"])
        (point,) = seen.points(gen_ai_metrics.GEN_AI_CLIENT_OPERATION_DURATION)
    assert point.count == 3 and point.attributes[names.GEN_AI_REQUEST_MODEL] == "m" and len(point.explicit_bounds) == 14


def test_nothing_is_told_once_it_has_ended(seen: Seen, peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        llm = headway.OpenAI(client=client, model="m")
        llm.invoke("a")
        assert len(seen.spans()) == 1
        llm.invoke("b")
        assert len(seen.spans()) == 1
