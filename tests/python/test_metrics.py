"""Client.metrics(), as Prometheus's own parser reads it."""

import pytest
from peer import Peer

import headway

parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed: the text is not read")


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = list(parser.text_string_to_metric_families(text))
    assert all(family.type in ("counter", "gauge") and family.documentation for family in families)
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for family in families for each in family.samples}


def test_prometheus_reads_what_stats_and_spend_say(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, price_in=1.0, price_out=1.0, rpm=6000) as client:
        odd = 'a "quoted"\\model\n'
        headway.OpenAI(client=client, model=odd).batch(["a", "b", "STATUS 400"], return_exceptions=True)
        told = samples(client.metrics())
        place = (("endpoint", client.spend()[0]["endpoint"]), ("model", odd), ("service_tier", ""))
    assert told["headway_calls_ended_total", ()] == 3 and told["headway_attempts_total", ()] == 3
    assert told["headway_calls_in_flight", ()] == 0
    assert told["headway_prompt_tokens_total", place] == 8 and told["headway_completion_tokens_total", place] == 12
    assert told["headway_cost_dollars_total", place] == pytest.approx(20e-6)


def test_what_is_not_known_has_no_line(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url) as client:
        headway.OpenAI(client=client, model="m").invoke("a")
        told = {name for name, _ in samples(client.metrics())}
    assert "headway_billed_attempts_total" in told and "headway_cost_dollars_total" not in told
    assert "headway_requests_per_minute_allowed" not in told
