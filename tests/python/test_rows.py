"""Rows of a table whose answers take long to judge: the engine's loop goes on meanwhile, and each row is told once."""

import json
from collections.abc import Iterator

import pytest
from durable_runs import until
from row_server import DEAR_SCHEMA, RowServer, row_server

from headway import _core

DEAR, CHEAP = 40, 20


@pytest.fixture
def server() -> Iterator[RowServer]:
    with row_server(held=True) as started:
        yield started


def asked(server: RowServer) -> tuple[_core.Rows, _core.Inbox]:
    """All answers are made, and none is told yet."""
    settings = {"base-url": server.base_url, "model": "m", "prompt": "{{text}}", "expect": json.dumps(DEAR_SCHEMA)}
    rows = _core.Rows(list(settings.items()), ["text"], False)
    texts = [f"DEAR {n}" for n in range(DEAR)] + [f"JSON {n}" for n in range(CHEAP)]
    inbox = rows.read([json.dumps({"text": text}) for text in texts]).ask(list(range(DEAR + CHEAP)))
    until(lambda: len(server.log()) == DEAR + CHEAP)
    server.set(held=False)
    return rows, inbox


def told(inbox: _core.Inbox) -> Iterator[tuple[int, str]]:
    over = False
    while not over:
        letters, over, _ = inbox.next()
        for place, row in filter(None, letters):
            yield place, row["kind"]


def test_rows_go_on_while_answers_are_judged(server: RowServer) -> None:
    rows, inbox = asked(server)
    ends = list(told(inbox))
    assert sorted(ends) == [(n, "unusable" if n < DEAR else "") for n in range(DEAR + CHEAP)]
    last = max(place for place, (row, _) in enumerate(ends) if row >= DEAR)
    assert last < CHEAP + DEAR // 2, "they came last, and do not wait for those before them"
    rows.engine.close()


def test_who_closes_does_not_wait_for_judgements(server: RowServer) -> None:
    rows, inbox = asked(server)
    until(lambda: all(entry["ended"] for entry in server.log()))
    rows.engine.close()
    assert sorted(place for place, _ in told(inbox)) == list(range(DEAR + CHEAP)), "each row is told"
